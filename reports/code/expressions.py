"""One file as names and expressions that stand for others, as far as the file itself says it."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from reports.code.scopes import Imported, Parameter, Scopes, instance

# The short names of the modules of Flax, and what they offer of one another.
_SHORT = (
    (re.compile(r"flax\.nnx\.bridge\.(?:wrappers|module|variables|interop)\."), "bridge."),
    (re.compile(r"flax\.nnx\.bridge(?=\.|$)"), "bridge"),
    (re.compile(r"flax\.nnx(?=\.|$)"), "nnx"),
    (re.compile(r"flax\.(?:core|linen)\.meta\."), "nn."),
    (re.compile(r"flax\.linen\.spmd\."), "nn."),
    (re.compile(r"flax\.linen(?=\.|$)"), "nn"),
)
_TAKEN = re.compile(r"(?:bridge|nnx|nn)(?=\.|$)")
# What returns its first argument, or a copy of it; and the methods that return the object.
_RETURN_THE_FIRST = ("bridge.lazy_init", "nnx.clone", "copy.copy", "copy.deepcopy")
_RETURN_THE_OBJECT = ("lazy_init",)
# How many expressions are followed, one to the next.
_DEEPEST = 40


def short(name: str) -> str:
    """A full name with ``nn``, ``nnx`` and ``bridge`` for the modules of Flax; no other name looks like that."""
    if _TAKEN.match(name):
        return f".{name}"
    for pattern, word in _SHORT:
        if pattern.match(name):
            return pattern.sub(word, name, count=1)
    return name


class Expressions:
    """What the expressions of a file stand for."""

    def __init__(self, text: bytes) -> None:
        """Of a file that Python can parse; SyntaxError, ValueError, RecursionError or MemoryError of another."""
        self.tree = ast.parse(text)
        self.words = frozenset(re.findall(r"\w+", text.decode(errors="replace")))
        self._scopes = Scopes(self.tree)
        # By pattern.
        self.found: dict[str, list[ast.expr]] = {}
        self._known: dict[ast.AST, list[ast.expr]] = {}
        self._known_sources: dict[ast.AST, list[ast.expr]] = {}
        self._names: dict[ast.AST, tuple[str, ...]] = {}
        self._depth = 0
        self._attributes = self._assigned_attributes()
        self.expressions = list(self._all())
        self.calls = [node for node in self.expressions if isinstance(node, ast.Call)]
        self._calls = self._calls_of_functions()

    def names(self, node: ast.AST) -> tuple[str, ...]:
        """The short names of what an expression names; a class of the file is what it derives from."""
        if node not in self._names:
            self._names[node] = tuple(map(short, self._full(node)))
        return self._names[node]

    def origins(self, node: ast.expr) -> list[ast.expr]:
        """An expression and those whose value it is, as far as assignments, arguments and returns say it."""
        if node not in self._known:
            self._known[node] = [node]  # what stands for itself has no other origin
            self._depth += 1
            if self._depth < _DEEPEST:
                found = [node, *(origin for one in self.sources(node) for origin in self.origins(one))]
                self._known[node] = list(dict.fromkeys(found))
            self._depth -= 1
        return self._known[node]

    def defines(self, node: ast.expr, attribute: str) -> bool:
        """Whether an expression is an instance of a class of the file with a method or an attribute of this name."""
        return any(attribute in self._scopes.inside[cls].bound for cls in self._classes(node))

    def _full(self, node: ast.AST, met: frozenset[ast.AST] = frozenset()) -> Iterator[str]:
        if node in met:
            return
        if isinstance(node, ast.Attribute):
            yield from (f"{base}.{node.attr}" for base in self._full(node.value, met | {node}))
        if not isinstance(node, ast.Name):
            return
        value = self._scopes.of[node].value(node) if node in self._scopes.of else node.id
        if isinstance(value, str):
            yield value
        elif isinstance(value, Imported):
            yield value.name
        elif isinstance(value, ast.ClassDef):
            for base in value.bases:
                yield from self._full(base, met | {node})
        elif isinstance(value, ast.Name | ast.Attribute):
            yield from self._full(value, met | {node})

    def _value(self, node: ast.AST) -> object:
        return self._scopes.of[node].value(node) if isinstance(node, ast.Name) and node in self._scopes.of else None

    def sources(self, node: ast.expr) -> list[ast.expr]:
        """The expressions one of whose values this one has; none where the file does not say it."""
        if node not in self._known_sources:
            self._known_sources[node] = list(self._sources(node))
        return self._known_sources[node]

    def _sources(self, node: ast.expr) -> Iterator[ast.expr]:
        if isinstance(node, ast.Name):
            value = self._value(node)
            if isinstance(value, Parameter):
                yield from self._arguments(value)
            elif isinstance(value, ast.expr):
                yield value
        elif isinstance(node, ast.Attribute):
            for cls in self._classes(node.value):
                yield from self._attributes[cls][node.attr]
        elif isinstance(node, ast.NamedExpr):
            yield node.value
        elif isinstance(node, ast.IfExp):
            yield from (node.body, node.orelse)
        elif isinstance(node, ast.Call):
            yield from self._returned(node)

    def _returned(self, call: ast.Call) -> Iterator[ast.expr]:
        if isinstance(call.func, ast.Attribute) and call.func.attr in _RETURN_THE_OBJECT:
            yield call.func.value
        called = [*self.names(call.func)]
        if call.args and any(name in _RETURN_THE_FIRST for name in called):
            yield call.args[0]
        function = self._value(call.func)
        if isinstance(function, ast.FunctionDef):
            yield from (one.value for one in _returns(function) if one.value)

    def _arguments(self, parameter: Parameter) -> Iterator[ast.expr]:
        """What a parameter is: an instance of a class, or what the calls in the file pass."""
        scope = self._scopes.of[parameter.function]
        if isinstance(scope.node, ast.ClassDef) and parameter.position == 0:
            yield self._instance(scope.node)
            return
        if parameter.annotation:
            yield instance(parameter.annotation)
        for call in self._calls[parameter.function]:
            named = [one.value for one in call.keywords if one.arg == parameter.name]
            at = parameter.position
            yield from named or (call.args[at : at + 1] if at is not None else [])

    def _instance(self, cls: ast.ClassDef) -> ast.expr:
        name = ast.Name(id=cls.name, ctx=ast.Load(), lineno=cls.end_lineno or cls.lineno, col_offset=1 << 30)
        self._scopes.of[name] = self._scopes.of[cls]
        return instance(name)

    def _classes(self, node: ast.expr) -> Iterator[ast.ClassDef]:
        """The classes of the file that an expression is an instance of, those that they derive from included."""
        for one in self.origins(node):
            if isinstance(one, ast.Call):
                yield from self._with_bases(self._value(one.func), frozenset())

    def _with_bases(self, cls: object, met: frozenset[ast.ClassDef]) -> Iterator[ast.ClassDef]:
        if isinstance(cls, ast.ClassDef) and cls not in met:
            yield cls
            for base in cls.bases:
                yield from self._with_bases(self._value(base), met | {cls})

    def _assigned_attributes(self) -> dict[ast.AST, dict[str, list[ast.expr]]]:
        """Class -> attribute -> what its methods assign to it, or an instance of its annotation."""
        found: dict[ast.AST, dict[str, list[ast.expr]]] = defaultdict(lambda: defaultdict(list))
        for node in ast.walk(self.tree):
            for target, value in _assignments(node):
                if isinstance(target, ast.Attribute) and (cls := self._class_of_self(target.value)):
                    found[cls][target.attr].append(value)
            if isinstance(node, ast.ClassDef):
                for name, bound in self._scopes.inside[node].bound.items():
                    found[node][name] += [value for _, value in bound if isinstance(value, ast.expr)]
        return found

    def _class_of_self(self, node: ast.expr) -> ast.ClassDef | None:
        value = self._value(node)
        if isinstance(value, Parameter) and value.position == 0:
            around = self._scopes.of[value.function].node
            return around if isinstance(around, ast.ClassDef) else None
        return None

    def _calls_of_functions(self) -> dict[ast.AST, list[ast.Call]]:
        """Function of the file -> the calls of it, those under a transform such as ``nnx.grad(function)`` included."""
        found: dict[ast.AST, list[ast.Call]] = defaultdict(list)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and (function := self._function(node.func)):
                found[function].append(node)
        return found

    def _function(self, node: ast.expr, depth: int = 0) -> ast.AST | None:
        value = self._value(node) if isinstance(node, ast.Name) else node
        if isinstance(value, ast.FunctionDef | ast.AsyncFunctionDef):
            return value
        if depth < 4 and isinstance(value, ast.Call) and value.args:
            return self._function(value.args[0], depth + 1)
        return self._function(value, depth + 1) if depth < 4 and isinstance(value, ast.Name) else None

    def _all(self) -> Iterator[ast.expr]:
        """The expressions of a file, and what statements do, such as ``x.__enter__()`` and ``setattr(x, "a", b)``."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.expr):
                yield node
            if isinstance(node, ast.ImportFrom):
                yield from (self._imported(one, node) for one in node.names)
            if isinstance(node, ast.With | ast.AsyncWith):
                yield from (_entered(item.context_expr) for item in node.items)
            if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
                yield _called("iter", node.iter)
            for target, value in _assignments(node):
                if isinstance(target, ast.Attribute):
                    yield _setattr(target.value, target.attr, value, target)
                elif isinstance(target, ast.Name) and isinstance(cls := self._scopes.of[target].node, ast.ClassDef):
                    yield _setattr(self._instance(cls), target.id, value, target)

    def _imported(self, one: ast.alias, node: ast.ImportFrom) -> ast.expr:
        """An imported name, as if it stood there alone."""
        name = ast.copy_location(ast.Name(one.asname or one.name, ast.Load()), one)
        self._scopes.of[name] = self._scopes.of[node]
        return name


def _entered(context: ast.expr) -> ast.Call:
    enter = ast.copy_location(ast.Attribute(context, "__enter__", ast.Load()), context)
    return ast.copy_location(ast.Call(enter, [], []), context)


def _assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign):
        yield node.target, node.value or instance(node.annotation)


def _setattr(of: ast.expr, name: str, value: ast.expr, place: ast.expr) -> ast.Call:
    return ast.copy_location(_called("setattr", of, ast.Constant(name), value), place)


def _called(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.copy_location(ast.Call(ast.Name(function, ast.Load()), list(arguments), []), arguments[0])


def _returns(function: ast.FunctionDef) -> Iterator[ast.Return]:
    """The return statements of a function, without those of functions in it."""
    nodes: list[ast.AST] = list(function.body)
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, ast.Return):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            nodes += ast.iter_child_nodes(node)
