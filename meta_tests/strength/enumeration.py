"""All small edits of a file, found in its syntax tree.

An edit replaces the text of one expression or statement. What nobody promises is left alone: annotations, docstrings,
imports, type variables, overloads, and the words of exceptions and warnings. So is what always raises where it runs, as
swapped arguments of ``isinstance`` do: it would only make the suite look strong.
"""

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property

from meta_tests.strength.small_edit import SmallEdit, digest_of

NEGATED, CONDITION, CALL = "negated condition", "dropped condition", "dropped call"
KEYWORD, ASSIGNMENT, RETURN = "dropped keyword", "dropped assignment", "dropped return"
RAISE, CONSTANT, OPERATOR, SWAPPED = "dropped raise", "flipped constant", "flipped operator", "swapped arguments"
KINDS = (NEGATED, CONDITION, CALL, KEYWORD, ASSIGNMENT, RETURN, RAISE, CONSTANT, OPERATOR, SWAPPED)

_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
_COMPUTED: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "//",
    ast.Div: "*",
    ast.FloorDiv: "*",
    ast.BitOr: "&",
    ast.BitAnd: "|",
}
_NEGATED_BY_FLIP = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
_NOT_ALONE = (ast.Starred, ast.GeneratorExp)
_TYPES = ("TypeVar", "ParamSpec", "TypeVarTuple", "NewType")
_RAISE_WHEN_SWAPPED = ("isinstance", "issubclass", "hasattr", "getattr", "setattr")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def edits_of(file: str, source: str) -> list[SmallEdit]:
    """Every edit of a file, in the order of its text; none twice."""
    finder = _Finder(file, _Text(source))
    finder.visit(ast.parse(source))
    unique = {(edit.start, edit.old, edit.new): edit for edit in reversed(finder.found)}
    return sorted(unique.values(), key=lambda edit: (edit.start, len(edit.old), edit.kind, edit.new))


@dataclass(frozen=True)
class _Text:
    """A source and where its lines begin, in bytes, as ``ast`` counts."""

    source: str

    @cached_property
    def bytes(self) -> bytes:
        return self.source.encode()

    @cached_property
    def _lines(self) -> list[int]:
        starts = [0]
        for line in self.bytes.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        return starts

    def span(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._lines[node.lineno - 1] + node.col_offset, self._lines[node.end_lineno - 1] + node.end_col_offset

    def of(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        start, end = self.span(node)
        return self.between(start, end)

    def between(self, start: int, end: int) -> str:
        return self.bytes[start:end].decode()


@dataclass
class _Scope:
    """A function, or what runs at import, and where its source begins."""

    name: str
    start: int
    source: str


@dataclass
class _Finder(ast.NodeVisitor):
    file: str
    text: _Text
    found: list[SmallEdit] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._scope = _Scope("", 0, "")
        self._path: list[str] = []

    # where one is

    def visit_FunctionDef(self, node: _Function) -> None:
        if any(ast.unparse(one).endswith("overload") for one in node.decorator_list):
            return
        for decorator in node.decorator_list:
            self.visit(decorator)
        outer, self._path = self._scope, [*self._path, node.name]
        start, end = self.text.span(node)
        self._scope = _Scope(".".join(self._path), start, self.text.between(start, end))
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(default)
        self._body(node.body)
        self._scope, self._path = outer, self._path[:-1]

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if any(ast.unparse(base).endswith("Protocol") for base in node.bases):
            return
        for one in (*node.decorator_list, *(keyword.value for keyword in node.keywords)):
            self.visit(one)
        outer = self._path
        self._path = [*self._path, node.name]
        self._body(node.body)
        self._path = outer

    def visit_Module(self, node: ast.Module) -> None:
        self._body(node.body)

    def _body(self, body: list[ast.stmt]) -> None:
        first = body[0]
        has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        for statement in body[1:] if has_docstring else body:
            self.visit(statement)

    # statements

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            return
        if isinstance(node.value, ast.Call):
            self._replace(node, CALL, "pass")
            if _called(node.value).rpartition(".")[2] != "warn":
                self._arguments(node.value)
        else:
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign | ast.AugAssign) -> None:
        if isinstance(node.value, ast.Call) and _called(node.value).rpartition(".")[2] in _TYPES:
            return
        self._replace(node, ASSIGNMENT, "pass")
        self.generic_visit(node)

    visit_AugAssign = visit_Assign  # noqa: N815

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            if self._scope.name:
                self._replace(node, ASSIGNMENT, "pass")
            self.visit(node.value)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None:
            self._replace(node, RETURN, "pass")
            return
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            self._replace(node, RETURN, "return None")
        self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._replace(node, RAISE, "pass")

    def visit_Assert(self, node: ast.Assert) -> None:
        self._condition(node.test)
        self.visit(node.test)

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test).endswith("TYPE_CHECKING"):
            return
        self._condition(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self._condition(node.test, dropped="False")
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        pass

    visit_ImportFrom = visit_Import  # noqa: N815

    # expressions

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._condition(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._condition(test)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._replace(node, NEGATED, f"({self.text.of(node.operand)})")
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        word = "or" if isinstance(node.op, ast.And) else "and"
        values = [f"({self.text.of(value)})" for value in node.values]
        for number in range(len(values)):
            left = values[:number] + values[number + 1 :]
            self._replace(node, CONDITION, f"({f' {_word(node)} '.join(left)})")
        self._replace(node, OPERATOR, f"({f' {word} '.join(values)})")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        if len(node.ops) == 1 and (other := _COMPARED.get(type(node.ops[0]))):
            self._replace(node, OPERATOR, f"({self.text.of(node.left)}) {other} ({self.text.of(node.comparators[0])})")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        other = _COMPUTED.get(type(node.op))
        if other:
            self._replace(node, OPERATOR, f"(({self.text.of(node.left)}) {other} ({self.text.of(node.right)}))")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        values = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg)]
        if len(values) == len(node.args) + len(node.keywords) == 1 and not isinstance(values[0], _NOT_ALONE):
            self._replace(node, CALL, f"({self.text.of(values[0])})")
        self._arguments(node)

    def _arguments(self, node: ast.Call) -> None:
        plain = [one for one in node.args if not isinstance(one, _NOT_ALONE)]
        if len(node.args) >= 2 and len(plain) == len(node.args) and _called(node) not in _RAISE_WHEN_SWAPPED:
            self._swap(node.args[0], node.args[1])
        for keyword in node.keywords:
            self._drop_keyword(node, keyword)
        self.visit(node.func)
        for one in node.args:
            self.visit(one)
        for keyword in node.keywords:
            self.visit(keyword.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self._replace(node, CONSTANT, repr(not value))
        elif isinstance(value, int | float):
            self._replace(node, CONSTANT, repr(value + 1))
        elif isinstance(value, str):
            self._replace(node, CONSTANT, repr(f"{value}_"))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Left alone: before Python 3.12 nothing says where its parts are."""

    # the edits

    def _condition(self, test: ast.expr, dropped: str = "True") -> None:
        # The operator of a comparison is flipped, and a `not` dropped: that negates these.
        compared = isinstance(test, ast.Compare) and isinstance(test.ops[0], _NEGATED_BY_FLIP) and len(test.ops) == 1
        if not compared and not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)):
            self._replace(test, NEGATED, f"(not ({self.text.of(test)}))")
        if not isinstance(test, ast.Constant):
            self._replace(test, CONDITION, dropped)

    def _swap(self, one: ast.expr, other: ast.expr) -> None:
        (start, middle), (again, end) = self.text.span(one), self.text.span(other)
        first, second = self.text.of(one), self.text.of(other)
        if first != second:
            self._add(start, end, SWAPPED, second + self.text.between(middle, again) + first)

    def _drop_keyword(self, call: ast.Call, keyword: ast.keyword) -> None:
        start, end = self.text.span(keyword)
        before, after = self.text.between(0, start).rstrip(), self.text.between(end, self.text.span(call)[1])
        if before.endswith(","):
            self._add(len(before.encode()) - 1, end, KEYWORD, "")
        elif before.endswith("("):
            comma = re.match(r"\s*,", after)
            self._add(start, end + (len(comma[0].encode()) if comma else 0), KEYWORD, "")

    def _replace(self, node: ast.expr | ast.stmt, kind: str, new: str) -> None:
        start, end = self.text.span(node)
        self._add(start, end, kind, new)

    def _add(self, start: int, end: int, kind: str, new: str) -> None:
        old, scope = self.text.between(start, end), self._scope
        line = self.text.bytes.count(b"\n", 0, start) + 1
        own = scope.source or old
        digest = digest_of(self.file, scope.name, kind, own, start - scope.start if scope.name else 0, old, new)
        self.found.append(SmallEdit(self.file, scope.name, kind, line, start, old, new, digest))


def _word(node: ast.BoolOp) -> str:
    return "and" if isinstance(node.op, ast.And) else "or"


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func)
