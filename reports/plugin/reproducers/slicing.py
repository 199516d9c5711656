"""Of the steps of a program, those on which its last one depends."""

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

# What they return may share variables with what they are given.
_SHARING = ("nnx", "bridge")


class Step(NamedTuple):
    """A statement that is no block of ``with``, and the names that the blocks around it bind."""

    statement: ast.stmt
    names: frozenset[str] = frozenset()


def needed(steps: Sequence[Step]) -> list[Step]:
    """The last step, and those before it that bind a name which it reads or may change what such a name holds.

    A call may change the object whose method it is, its first argument, and its ``rngs``. Where a class or function
    holds more than its arguments, every step may change it, and all are needed.
    """
    kept = list(steps[-1:])
    read = _read(steps[-1].statement)
    statements = [one.statement for one in steps]
    if any(_closed_over(one) & _assigned(statements) for one in statements):
        return list(steps)
    for step in reversed(steps[:-1]):
        bound = step.names | _bound(step.statement)
        if bound & read or _changed(step.statement) & _with_aliases(read, statements):
            kept.insert(0, step)
            read |= _read(step.statement)
    return kept


def _bound(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(one.asname or one.name).partition(".")[0] for one in names}
    return {one.id for one in _names(statement) if isinstance(one.ctx, ast.Store)}


def _read(statement: ast.AST) -> set[str]:
    added = {ast.unparse(one.target) for one in ast.walk(statement) if isinstance(one, ast.AugAssign)}
    return added | {one.id for one in _names(statement) if isinstance(one.ctx, ast.Load)}


def _changed(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return set()
    found: list[ast.expr] = []
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            found += [node.func, *node.args[:1], *(one.value for one in node.keywords if one.arg == "rngs")]
        elif isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            found.append(node)
    return {name for one in found for name in _root(one)}


def _root(node: ast.expr) -> Iterator[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def _with_aliases(names: set[str], statements: Sequence[ast.stmt]) -> set[str]:
    """The names that the program binds, with those that may stand for parts of the same objects."""
    assigned = _assigned(statements)
    groups = [group & assigned for one in statements for group in _sharing(one)]
    found = names & assigned
    while new := {name for group in groups if group & found for name in group} - found:
        found |= new
    return found


def _assigned(statements: Sequence[ast.stmt]) -> set[str]:
    definitions = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    return {name for one in statements if not isinstance(one, definitions) for name in _bound(one)}


def _closed_over(statement: ast.stmt) -> set[str]:
    """The names of the script that the body of a definition reads."""
    if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return set()
    own = {one.arg for one in ast.walk(statement) if isinstance(one, ast.arg)}
    return _read(statement) - own - {one.id for one in _names(statement) if isinstance(one.ctx, ast.Store)}


def _sharing(statement: ast.stmt) -> Iterator[set[str]]:
    for target, value in _assignments(statement):
        call = value.func if isinstance(value, ast.Call) else None
        is_sharing = isinstance(call, ast.Attribute) and ast.unparse(call.value) in _SHARING
        if is_sharing or not any(isinstance(one, ast.Call) for one in ast.walk(value)):
            yield {one.id for side in (target, value) for one in _names(side)}


def _assignments(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            yield from zip(targets, values, strict=True)
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)


def _names(node: ast.AST) -> Iterator[ast.Name]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Name))
