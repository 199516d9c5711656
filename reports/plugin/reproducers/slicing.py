"""Of the steps of a program, those on which its last one may depend.

A reproducer with a step too many is longer, and one with a step too few does not fail. So a step is left out only where
nothing that it may change is read later.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reports.plugin.reproducers.bundler import free_names

# What makes arrays, which nothing changes.
_ARRAYS = ("jnp.", "jax.random.")


class ScriptStep(NamedTuple):
    """A statement that is no block of ``with``, and the names that the heads of the blocks around it bind and read."""

    statement: ast.stmt
    bound: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()


def needed(steps: Sequence[ScriptStep], given: frozenset[str] = frozenset()) -> list[ScriptStep]:
    """The last step, and those before it that bind a name which it reads or may change what such a name holds.

    A call may change whatever its expression names, and keep it in any of these and in what it returns; ``given`` are
    names that hold objects from the start. Where a function or class holds an object, all steps are needed.
    """
    objects = {*given} | _objects(steps)
    if any(_held(step.statement) & objects for step in steps):
        return list(steps)
    groups = [group & objects for step in steps for group in _sharing(step)]
    *before, last = steps
    kept, read = [last], _read(last)
    for step in reversed(before):
        is_bound = (step.bound | _bound(step.statement)) & read
        is_changed = set().union(*_changed(step.statement)) & objects & _aliases(read, groups)
        if is_bound or is_changed or _is_registering(step.statement, objects):
            kept.insert(0, step)
            read |= _read(step)
    return kept


def _bound(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(one.asname or one.name).partition(".")[0] for one in names}
    return {one.id for one in _names(statement) if isinstance(one.ctx, ast.Store)}


def _read(step: ScriptStep) -> set[str]:
    added = {ast.unparse(one.target) for one in ast.walk(step.statement) if isinstance(one, ast.AugAssign)}
    return {*step.read} | added | {one.id for one in _names(step.statement) if isinstance(one.ctx, ast.Load)}


def _objects(steps: Sequence[ScriptStep]) -> set[str]:
    """The names that the program binds, but those of definitions, and of arrays that are bound once."""
    bound = [name for step in steps if not _is_definition(step.statement) for name in _bound(step.statement)]
    pairs = [pair for step in steps for pair in _bindings(step.statement)]
    arrays = {target.id for target, value in pairs if isinstance(target, ast.Name) and _is_array(value)}
    once = {name for name in arrays if bound.count(name) == 1}
    return {*bound, *(name for step in steps for name in step.bound)} - once


def _is_array(value: ast.expr) -> bool:
    is_made = isinstance(value, ast.Call | ast.BinOp) and ast.unparse(value).startswith(_ARRAYS)
    return is_made or isinstance(value, ast.Constant)


def _is_definition(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)


def _held(statement: ast.stmt) -> set[str]:
    """The names that a definition reads when it is used, and a lambda that is given a name."""
    definitions = [one for one in ast.walk(statement) if isinstance(one, ast.FunctionDef | ast.ClassDef)]
    lambdas = [one for _, value in _bindings(statement) for one in ast.walk(value) if isinstance(one, ast.Lambda)]
    return {name for one in (*definitions, *lambdas) for name in free_names(ast.unparse(one))}


def _changed(statement: ast.stmt) -> Iterator[set[str]]:
    """The names in each call that does not only compare, and in each part of an object that is assigned."""
    for node in ast.walk(statement) if not _is_definition(statement) else ():
        is_call = isinstance(node, ast.Call) and ast.unparse(node.func) != "assert_same"
        if is_call or _is_part(node):
            yield {one.id for one in _names(node)}


def _is_part(node: ast.AST) -> bool:
    """Whether a part of an object is assigned or deleted."""
    return isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load)


def _is_registering(statement: ast.stmt, objects: set[str]) -> bool:
    """Whether it does something for its effect alone, to none of the program's objects."""
    if _is_definition(statement):
        return bool(getattr(statement, "decorator_list", ()))
    acts = (one for one in ast.walk(statement) if _is_part(one) or (isinstance(one, ast.Expr) and _calls(one)))
    return any(not {one.id for one in _names(act)} & objects for act in acts)


def _calls(node: ast.AST) -> bool:
    return any(isinstance(one, ast.Call) for one in ast.walk(node))


def _sharing(step: ScriptStep) -> Iterator[set[str]]:
    """Groups of names that may hold parts of the same objects after it."""
    yield {*step.bound, *step.read}
    yield from _changed(step.statement)
    for target, value in _bindings(step.statement):
        if not _is_array(value):
            yield {one.id for side in (target, value) for one in _names(side)}


def _aliases(names: set[str], groups: Sequence[set[str]]) -> set[str]:
    """These names, and all that may hold parts of the same objects."""
    found = set(names)
    while new := {name for group in groups if group & found for name in group} - found:
        found |= new
    return found


def _bindings(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Each target of a statement that is no definition, and what it is bound to."""
    for node in ast.walk(statement) if not _is_definition(statement) else ():
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                yield from zip(targets, values, strict=True)
            case ast.Assign(targets=targets, value=value):
                yield from ((target, value) for target in targets)
            case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
                yield target, value
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                yield target, value
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                yield target, value


def _names(node: ast.AST) -> Iterator[ast.Name]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Name))
