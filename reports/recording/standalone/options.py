"""Takes out the options of functions to which all calls give one and the same value."""

import ast
from collections.abc import Iterable

from reports.recording.standalone.simplifying import Settled


def settle_options(functions: Iterable[ast.stmt], program: list[ast.stmt]) -> None:
    """Put constants in place of the options of ``functions``, as all of ``program`` calls them."""
    for function in functions:
        if isinstance(function, ast.FunctionDef):
            nodes = [node for statement in program for node in ast.walk(statement)]
            calls = [node for node in nodes if isinstance(node, ast.Call) and _is(node.func, function.name)]
            # Who else names it may call it in any way.
            if calls and len(calls) == sum(_is(node, function.name) for node in nodes):
                _settle(function, calls)


def _settle(function: ast.FunctionDef, calls: list[ast.Call]) -> None:
    parameters, defaults = function.args.args, function.args.defaults
    for i in reversed(range(len(parameters) - len(defaults), len(parameters))):
        option, default = parameters[i].arg, defaults[i - len(parameters)]
        values = [_value(call, i, option, default) for call in calls]
        value = values[0]
        if value is None or any(other is None or ast.dump(other) != ast.dump(value) for other in values):
            continue
        del defaults[i - len(parameters)], parameters[i]
        for call in calls:
            call.keywords = [keyword for keyword in call.keywords if keyword.arg != option]
        Settled(set()).visit(_Constant(option, value).visit(function))


def _value(call: ast.Call, i: int, option: str, default: ast.expr) -> ast.Constant | None:
    """The constant that a call gives to its option, which is its parameter number ``i``; None where it may vary."""
    given = next((keyword.value for keyword in call.keywords if keyword.arg == option), default)
    hidden = any(isinstance(argument, ast.Starred) for argument in call.args)
    hidden |= any(keyword.arg is None for keyword in call.keywords)
    plain = not hidden and len(call.args) <= i
    return given if plain and isinstance(given, ast.Constant) else None


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


class _Constant(ast.NodeTransformer):
    def __init__(self, name: str, value: ast.Constant) -> None:
        self._name, self._value = name, value

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._value if node.id == self._name else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        is_one = isinstance(node.left, ast.Constant) and node.left.value == 1
        return node.right if is_one and isinstance(node.op, ast.Mult) else node
