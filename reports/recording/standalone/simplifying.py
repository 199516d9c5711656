"""Shortens definitions for a reader who only wants to see a defect: what is typed, documented or settled is dropped."""

import ast
from copy import deepcopy

IMPLEMENTATION = "impl"  # the parameter by which properties and their helpers are given the implementation under test

_RELATIONS = {ast.Eq: "", ast.Is: "", ast.LtE: "at most ", ast.Lt: "less than ", ast.GtE: "at least "}


def simplified(statement: ast.stmt, ours: bool) -> ast.stmt:
    """A copy without annotations and docstrings.

    In a definition that is ``ours`` no parameter is the implementation, and
    assertions that say nothing say what they compare.
    """
    shortened = (_Ours() if ours else _Any()).visit(deepcopy(statement))
    assert isinstance(shortened, ast.stmt)
    return shortened


class _Any(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        node.body = _without_docstring(node.body) or [ast.Pass()]
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        # The annotated fields of a class are what makes a NamedTuple, a dataclass or a Linen module.
        fields = [field for field in node.body if isinstance(field, ast.AnnAssign)]
        node.body = _without_docstring(node.body) or [ast.Pass()]
        kept = {id(field) for field in fields}
        node.body = [member if id(member) in kept else self.visit(member) for member in node.body]
        node.decorator_list = [self.visit(decorator) for decorator in node.decorator_list]
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return self.visit(ast.copy_location(ast.Assign([node.target], node.value), node))


class _Ours(_Any):
    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        node.args = [argument for argument in node.args if argument.arg != IMPLEMENTATION]
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.args = [argument for argument in node.args if not _is_implementation(argument)]
        node.keywords = [keyword for keyword in node.keywords if not _is_implementation(keyword.value)]
        return self.generic_visit(node)

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        node.msg = node.msg or _message(node.test)
        return self.generic_visit(node)


def _message(test: ast.expr) -> ast.expr:
    """What was expected and, where a comparison tells it, what came."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in _RELATIONS:
        left, word, right = test.left, _RELATIONS[type(test.ops[0])], test.comparators[0]
        says = f"{ast.unparse(left)} is ", f", expected {word}"
        return ast.JoinedStr([ast.Constant(says[0]), _shown(left), ast.Constant(says[1]), _shown(right)])
    return ast.Constant(f"expected {ast.unparse(test)}")


def _shown(value: ast.expr) -> ast.FormattedValue:
    return ast.FormattedValue(deepcopy(value), ord("r"), ast.JoinedStr([ast.Constant(".200")]))


def _is_implementation(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == IMPLEMENTATION


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    return body[1:] if is_docstring(body[0]) else body


def is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


class Settled(ast.NodeTransformer):
    """Takes the branches that are settled once it is known whether a value is None."""

    def __init__(self, never_none: set[int]) -> None:
        self._never_none = never_none  # by the ids of their nodes

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        is_none = self._is_none(node.left)
        operator, other = node.ops[0], node.comparators[0]
        against_none = isinstance(other, ast.Constant) and other.value is None
        if is_none is None or not against_none or not isinstance(operator, ast.Is | ast.IsNot):
            return node
        return ast.copy_location(ast.Constant(is_none == isinstance(operator, ast.Is)), node)

    def _is_none(self, node: ast.expr) -> bool | None:
        if isinstance(node, ast.Constant):
            return node.value is None
        return False if id(node) in self._never_none else None

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        if isinstance(node.test, ast.Constant):
            return node.body if node.test.value else node.orelse
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        end = next((i for i, statement in enumerate(node.body) if isinstance(statement, ast.Return)), len(node.body))
        node.body = node.body[: end + 1]
        return node
