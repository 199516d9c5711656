"""The example on which a property failed: as text that people read, as source, and as data for ``--example``.

The text says ``name=value``, one argument a line, as Hypothesis prints it. It is read and never evaluated, because it
may come from a report of somebody else.
"""

import ast
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

OPTION = "--example"


class BadExample(ValueError):
    """A text that is no example; the message says what cannot be read."""


def arguments(text: str) -> dict[str, ast.expr]:
    """The expression of each argument; raises BadExample where the text is not ``name=value``, one a line or more."""
    separated = re.sub(r"\n(?=\w+=)", ",\n", text.strip())
    try:
        call = ast.parse(f"dict({separated})", mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise BadExample(f"{type(error).__name__}: {error}") from None
    if not isinstance(call, ast.Call) or call.args or not all(one.arg for one in call.keywords):
        raise BadExample("it is not name=value, separated by commas or lines")
    return {str(one.arg): one.value for one in call.keywords}


def in_one_line(text: str) -> str:
    """The same example without a line break, for a shell."""
    return ", ".join(f"{name}={ast.unparse(value)}" for name, value in arguments(text).items())


# What makes a value of plain ones, by the name that an example calls.
Makers = Mapping[str, Callable[..., Any]]


def value(node: ast.expr, makers: Makers) -> Any:
    """The value of an expression of literals, lists, and calls of ``makers``; raises BadExample for all else."""

    def read(node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=found):
                return found
            case ast.List(elts=elements):
                return list(map(read, elements))
            case ast.Tuple(elts=elements):
                return tuple(map(read, elements))
            case ast.Dict(keys=keys, values=values) if None not in keys:
                return {read(key): read(one) for key, one in zip(keys, values, strict=True) if key}
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -read(operand)
            case ast.BinOp(left=ast.List() as left, op=ast.Mult(), right=ast.Constant(value=int(times))) if (
                times <= MOST_TIMES
            ):
                return read(left) * times
            case ast.Name(id=name) if name in NAMES:
                return NAMES[name]
            case ast.Attribute() | ast.Name() if ast.unparse(node) in makers:
                return makers[ast.unparse(node)]
            case ast.Call(func=function, args=given, keywords=keywords) if ast.unparse(function) in makers and all(
                one.arg for one in keywords
            ):
                named = {str(one.arg): read(one.value) for one in keywords}
                return makers[ast.unparse(function)](*map(read, given), **named)
        raise BadExample(f"it cannot have {ast.unparse(node)!r}")

    return read(node)


# More numbers than any vector has that is tried.
MOST_TIMES = 2**16
NAMES = {"nan": math.nan, "inf": math.inf, "object": object}


def source(node: ast.expr) -> ast.expr:
    """The argument as an expression that a program can have, which knows jax, jnp, np, inf, nan and ``Call``."""
    return ast.fix_missing_locations(_Source().visit(ast.parse(ast.unparse(node), mode="eval")).body)


class _Source(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        keywords = {keyword.arg: keyword for keyword in node.keywords}
        if name == "Call" and isinstance(keywords["x"].value, ast.List | ast.BinOp):
            keywords["x"].value = _array("float32", keywords["x"].value)
        elif name == "Array":
            return _array(ast.unparse(keywords["dtype"].value), node.args[0])
        elif name == "float32":  # Hypothesis shows the call that made it where that is shorter
            return _array(name, node.args[0])
        elif name.endswith("Device"):
            platform = name.removesuffix("Device").lower()
            return _expression(f"jax.devices({platform!r})[{ast.unparse(keywords['id'].value)}]")
        return node


def _array(dtype: str, values: ast.expr) -> ast.expr:
    return _expression(f"jnp.{dtype}({ast.unparse(values)})")


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
