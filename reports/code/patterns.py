"""Which expressions of a file a pattern is for.

A pattern is a Python expression with short names: ``nn`` is ``flax.linen``, ``nnx`` is ``flax.nnx``, ``bridge`` is
``flax.nnx.bridge``. An object is the call that makes it: ``bridge.ToNNX(...).module``. Further:

- ``...`` is any expression, and as the last argument any further ones; ``(...).name`` is no attribute that a class of
  the file defines;
- ``_`` is any name, and ``*`` in a string any text;
- ``a or b`` and ``a and b`` are what they say, ``not a`` is what can come from anything else;
- ``{...: ...}`` is any dict;
- ``f()`` is a call without arguments; any other call may have more keywords than the pattern;
- ``setattr(object, "name", value)`` is also an assignment, ``object.__enter__()`` a ``with`` statement, and
  ``iter(object)`` a loop.
"""

import ast
import re
from collections.abc import Callable, Iterable
from functools import cache

from reports.code.expressions import Expressions

_PARTIAL = "functools.partial"
# What a pattern names, and a file need not.
_NOT_WRITTEN = ("_", "__enter__")
_ANY_NAME = r"\w+"


@cache
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def found(text: str, source: Expressions) -> list[ast.expr]:
    """The expressions of a file that are written as a pattern says."""
    if text not in source.found:
        tree = _parsed(text)
        nodes = source.calls if isinstance(tree, ast.Call) else source.expressions
        possible = nodes if _can_be_written(tree, source.words) else []
        source.found[text] = [node for node in possible if _written(tree, node, source)]
    return source.found[text]


def _can_be_written(tree: ast.expr, words: frozenset[str]) -> bool:
    """Whether a file has the words without which it has nothing that a pattern is for."""
    match tree:
        case ast.BoolOp(op=ast.Or()):
            return any(_can_be_written(one, words) for one in tree.values)
        case ast.Attribute():
            return (tree.attr in words or tree.attr in _NOT_WRITTEN) and _can_be_written(tree.value, words)
        case ast.Call():
            named = {one.arg for one in tree.keywords} <= words
            return named and all(_can_be_written(one, words) for one in (tree.func, *tree.args))
    return True


def _written(tree: ast.expr, node: ast.expr, source: Expressions) -> bool:
    """Whether an expression itself, and not one that it stands for, is what a pattern asks for."""
    if isinstance(tree, ast.BoolOp):
        return _of_both(tree)(_written(one, node, source) for one in tree.values)
    if isinstance(tree, ast.UnaryOp):
        return not _written(tree.operand, node, source)
    if isinstance(tree, ast.Call):
        return isinstance(node, ast.Call) and _calls(tree, node, source)
    if isinstance(tree, ast.Constant):
        return _same(tree.value, node)
    return matches(tree, node, source)


def matches(tree: ast.expr, node: ast.expr, source: Expressions) -> bool:
    """Whether an expression, or one that it stands for, is what a pattern asks for."""
    if isinstance(tree, ast.Constant):
        return any(_same(tree.value, one) for one in source.origins(node))
    if isinstance(tree, ast.BoolOp):
        return _of_both(tree)(matches(one, node, source) for one in tree.values)
    if isinstance(tree, ast.UnaryOp):
        return _can_avoid(tree.operand, node, source)
    if (name := _dotted(tree)) is not None:
        return _is_named(name, node, source)
    if isinstance(tree, ast.Call):
        return any(isinstance(one, ast.Call) and _calls(tree, one, source) for one in source.origins(node))
    return _has_parts(tree, node, source)


def _can_avoid(tree: ast.expr, node: ast.expr, source: Expressions) -> bool:
    """Whether an expression can have a value that comes from nothing that a pattern asks for."""
    left, met = [node], set[ast.expr]()
    while left:
        one = left.pop()
        if one in met or _written(tree, one, source):
            continue
        met.add(one)
        sources = source.sources(one)
        if not sources:
            return True
        left += sources
    return False


def _of_both(tree: ast.BoolOp) -> Callable[[Iterable[bool]], bool]:
    return any if isinstance(tree.op, ast.Or) else all


def _is_named(name: str, node: ast.expr, source: Expressions) -> bool:
    if name == _ANY_NAME:
        return isinstance(node, ast.Name | ast.Attribute)
    return any(re.fullmatch(name, one) for one in source.names(node))


def _has_parts(tree: ast.expr, node: ast.expr, source: Expressions) -> bool:
    """Whether the parts of an expression are those of a pattern of the same kind."""
    match tree, node:
        case ast.Attribute(), ast.Attribute():
            is_own = _is_any(tree.value) and source.defines(node.value, node.attr)
            return tree.attr in ("_", node.attr) and not is_own and matches(tree.value, node.value, source)
        case ast.Subscript(), ast.Subscript():
            return matches(tree.slice, node.slice, source) and matches(tree.value, node.value, source)
        case ast.Dict(), ast.Dict():
            return True
        case ast.Starred(), ast.Starred():
            return matches(tree.value, node.value, source)
        case ast.Compare(), ast.Compare():
            both = zip([tree.left, *tree.comparators], [node.left, *node.comparators], strict=False)
            return list(map(type, tree.ops)) == list(map(type, node.ops)) and all(
                matches(a, b, source) for a, b in both
            )
    return False


def _same(value: object, node: ast.expr) -> bool:
    if value is ...:
        return True
    if not isinstance(node, ast.Constant):
        return False
    if isinstance(value, str) and isinstance(node.value, str):
        return re.fullmatch(".*".join(map(re.escape, value.split("*"))), node.value) is not None
    return type(value) is type(node.value) and value == node.value


def _calls(tree: ast.Call, node: ast.Call, source: Expressions) -> bool:
    function, arguments = node.func, node.args
    if arguments and _PARTIAL in source.names(function):
        function, *arguments = arguments
    if not matches(tree.func, function, source):
        return False
    if not tree.args and not tree.keywords:
        return not arguments and not node.keywords
    wanted = tree.args[:-1] if tree.args and _is_any(tree.args[-1]) else tree.args
    given = {one.arg: one.value for one in node.keywords}
    if len(arguments) < len(wanted) or not {one.arg for one in tree.keywords} <= given.keys():
        return False
    pairs = [*zip(wanted, arguments, strict=False), *((one.value, given[one.arg]) for one in tree.keywords)]
    return all(matches(asked, one, source) for asked, one in pairs)


def _is_any(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Constant) and tree.value is ...


@cache
def _dotted(tree: ast.expr) -> str | None:
    """``a.b`` as a pattern of the name; None where it is no name."""
    parts = []
    while isinstance(tree, ast.Attribute):
        parts.append(tree.attr)
        tree = tree.value
    if not isinstance(tree, ast.Name):
        return None
    return r"\.".join(_ANY_NAME if one == "_" else re.escape(one) for one in (tree.id, *reversed(parts)))
