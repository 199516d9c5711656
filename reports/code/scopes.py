"""Which names a file binds, where, and to what."""

import ast
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TypeAlias

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True)
class Imported:
    """A name from elsewhere, in full."""

    name: str


@dataclass(frozen=True)
class Parameter:
    """What a function is called with at a position, or by a name."""

    function: _Function
    name: str
    position: int | None
    annotation: ast.expr | None


# None is anything of which the file does not say what it is.
Value: TypeAlias = Imported | Parameter | ast.expr | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None
_Place: TypeAlias = tuple[int, int]


@dataclass(eq=False)
class Scope:
    """A module, class, function or comprehension, with the names that it binds."""

    node: ast.AST
    parent: "Scope | None" = None
    bound: dict[str, list[tuple[_Place, Value]]] = field(default_factory=lambda: defaultdict(list))

    def value(self, name: ast.Name) -> Value | str:
        """What a name in this scope stands for: what was last bound before it; the name itself where nothing is."""
        place = (name.lineno, name.col_offset)
        if name.id in self.bound:
            earlier = [value for bound, value in self.bound[name.id] if bound <= place]
            return _last(earlier or [value for _, value in self.bound[name.id]])
        around = self.parent
        while around:
            if name.id in around.bound and not isinstance(around.node, ast.ClassDef):
                return _last([value for _, value in around.bound[name.id]])
            around = around.parent
        return name.id


def _last(values: list[Value]) -> Value:
    """The last one that is not the constant None, which stands for what could not be imported or made yet."""
    told = [one for one in values if not (isinstance(one, ast.Constant) and one.value is None)]
    return told[-1] if told else None


class Scopes(ast.NodeVisitor):
    """The scope of each name, class and function of a file."""

    def __init__(self, tree: ast.Module) -> None:
        self.of: dict[ast.AST, Scope] = {}
        self._scope = Scope(tree)
        self._assigned: set[ast.AST] = set()
        self.inside: dict[ast.AST, Scope] = {}
        self.visit(tree)

    def visit(self, node: ast.AST) -> None:
        """Note where a node stands."""
        self.of[node] = self._scope
        super().visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        """``import a.b`` binds ``a``."""
        for one in node.names:
            full = one.name if one.asname else one.name.partition(".")[0]
            self._bind(one.asname or full, Imported(full), node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """A relative import stands for nothing that is known."""
        for one in node.names:
            name = Imported(f"{node.module}.{one.name}") if node.module and not node.level else None
            self._bind(one.asname or one.name, name, node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """A class is bound to itself."""
        self._bind(node.name, node, node)
        self._outside(node.decorator_list, node.bases, [one.value for one in node.keywords])
        self._inside(node, node.body)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """A function is bound to itself, and its parameters in it."""
        self._bind(node.name, node, node)
        self._outside(node.decorator_list, [node.returns] if node.returns else [])
        self._function(node, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """A lambda binds its parameters."""
        self._function(node, [node.body])

    def visit_Assign(self, node: ast.Assign) -> None:
        """Names get the value, or the part of a tuple at their place."""
        for target in node.targets:
            self._assign(target, node.value, node)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """A name that is only annotated is an instance of the class that it is annotated with."""
        annotation = self._annotation(node.annotation)
        self._assign(node.target, node.value or (instance(annotation) if annotation else None), node)
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        """``name := value``."""
        self._assign(node.target, node.value, node)
        self.generic_visit(node)

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        """``with value as name``: what most contexts return is themselves."""
        for item in node.items:
            if item.optional_vars:
                self._assign(item.optional_vars, item.context_expr, item.context_expr)
        self.generic_visit(node)

    visit_AsyncWith = visit_With  # noqa: N815

    def visit_ListComp(self, node: _Comprehension) -> None:
        """A comprehension binds in a scope of its own."""
        self._inside(node, list(ast.iter_child_nodes(node)))

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp  # noqa: N815

    def visit_Name(self, node: ast.Name) -> None:
        """Whatever else stores or deletes a name binds it to what is not known."""
        if not isinstance(node.ctx, ast.Load) and node not in self._assigned:
            self._bind(node.id, None, node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """``except Error as name``."""
        if node.name:
            self._bind(node.name, None, node)
        self.generic_visit(node)

    def _assign(self, target: ast.expr, value: ast.expr | None, node: ast.AST) -> None:
        pairs: list[tuple[ast.expr, Value]] = [(target, value)]
        if isinstance(target, ast.Tuple | ast.List):
            parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            same = len(parts) == len(target.elts)
            pairs = [(one, parts[at] if same else None) for at, one in enumerate(target.elts)]
        for one, part in pairs:
            if isinstance(one, ast.Name):
                self._bind(one.id, part, node)
                self._assigned.add(one)

    def _annotation(self, annotation: ast.expr | None) -> ast.expr | None:
        found = _class_of(annotation)
        if found:
            self.visit(found)
        return found

    def _bind(self, name: str, value: Value, node: ast.AST) -> None:
        self._scope.bound[name].append((_end(node), value))

    def _outside(self, *parts: list[ast.expr]) -> None:
        for part in parts:
            for one in part:
                self.visit(one)

    def _function(self, node: _Function, body: "list[ast.stmt] | list[ast.expr]") -> None:
        arguments = node.args
        self._outside(arguments.defaults, [one for one in arguments.kw_defaults if one])
        positional = [*arguments.posonlyargs, *arguments.args]
        named = [*positional, *arguments.kwonlyargs]
        scope = Scope(node, self._scope)
        for one in named:
            position = positional.index(one) if one in positional else None
            scope.bound[one.arg].append(((0, 0), Parameter(node, one.arg, position, self._annotation(one.annotation))))
        for rest in (arguments.vararg, arguments.kwarg):
            if rest:
                scope.bound[rest.arg].append(((0, 0), None))
        self._within(scope, body)

    def _inside(self, node: ast.AST, body: "list[ast.stmt] | list[ast.AST]") -> None:
        self.inside[node] = Scope(node, self._scope)
        self._within(self.inside[node], body)

    def _within(self, scope: Scope, body: "list[ast.stmt] | list[ast.expr] | list[ast.AST]") -> None:
        around, self._scope = self._scope, scope
        for one in body:
            self.visit(one)
        self._scope = around


def instance(of: ast.expr) -> ast.Call:
    """A call of a class with arguments that are not known."""
    call = ast.Call(func=of, args=[ast.Constant(value=...)], keywords=[])
    return ast.copy_location(call, of)


def _class_of(annotation: ast.expr | None) -> ast.expr | None:
    """``A`` of ``A | None``, ``Optional[A]`` and ``"A"``."""
    if isinstance(annotation, ast.BinOp):
        sides = [annotation.left, annotation.right]
        return _class_of(next((one for one in sides if not isinstance(one, ast.Constant) or one.value), None))
    if isinstance(annotation, ast.Subscript):
        return _class_of(annotation.slice) if ast.unparse(annotation.value).endswith("Optional") else annotation.value
    if isinstance(annotation, ast.Constant):
        return _class_of(_written(annotation))
    return annotation


def _written(annotation: ast.Constant) -> ast.expr | None:
    """The annotation that a string holds, at the place of the string."""
    try:
        found = ast.parse(annotation.value, mode="eval").body if isinstance(annotation.value, str) else None
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(found) if found else ():
        ast.copy_location(node, annotation)
    return found


def _end(node: ast.AST) -> _Place:
    """Where what a statement binds can be used."""
    return (getattr(node, "end_lineno", None) or node.lineno, getattr(node, "end_col_offset", None) or 0)  # type: ignore[attr-defined]
