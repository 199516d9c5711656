"""A program that was drawn, shortened to what shows its failure.

A program takes each step twice: in a block of ``bridged()``, then in plain Flax in a block of ``plain()``, which tell
the suite what both refuse alike. A reproducer needs no blocks: what the bridge raises it may raise.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reports.plugin.reproducers.slicing import ScriptStep, needed

# How a message begins that only a block of plain Flax raises.
ACCEPTS = "the bridge accepts what plain Flax refuses"

Names = frozenset[str]

_BRIDGED, _PLAIN, _KEYS = "bridged", "plain", ("capture_linen_rngs", "capture_nnx_rngs")
# What can stand in a comparison that changes nothing.
_PURE = ("assert_same", "linen_variables", "unboxed", "variables_of", "nnx.state", "sorted_leaves", "without")


class SourcePosition(NamedTuple):
    """Where a program failed: a line, from 1, and a column, from 0."""

    line: int
    column: int


def short(source: str, place: SourcePosition | None, message: str) -> str:
    """The program up to the call that failed, without comparisons that passed and steps that nothing reads.

    Where the place is unknown it is whole.
    """
    if message.startswith(ACCEPTS):
        return source
    script = _Script(source)
    if place is not None:
        script.end_with(place, list(_steps(script.body)))
    steps = list(_steps(script.body))
    ends = [number for number, step in enumerate(steps) if place and place.line in _lines(step.statement)]
    if not ends:
        return script.with_only(steps)
    *before, last = steps[: ends[0] + 1]
    return script.with_only(needed([*(one for one in before if not _is_comparison(one.statement)), last]))


def short_body(body: list[ast.stmt], place: SourcePosition | None, given: Names) -> list[ast.stmt]:
    """The same of the body of a property, where a block is one step; ``given`` are its arguments that are objects."""
    ends = [number for number, one in enumerate(body) if place and place.line in _lines(one)]
    if place is None or not ends:
        return body
    shorter = _Shorter(place, [ScriptStep(one) for one in body], given)
    steps = [ScriptStep(changed) for one in body[: ends[0] + 1] if (changed := shorter.visit(one))]
    return [one.statement for one in needed(steps, given)]


class _Shorter(ast.NodeTransformer):
    """Leaves out comparisons that passed, and of the one that raised the side that did not."""

    def __init__(self, place: SourcePosition, steps: Sequence[ScriptStep], given: Names) -> None:
        self._place = place
        self._steps = steps
        self._given = given

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node  # what raised in it has no place in the property

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        if self._place.line not in _lines(node):
            return None if _is_comparison(node) else node
        raised = _raised(node, self._place, self._steps, self._given)
        return ast.copy_location(ast.Expr(raised), node) if raised else node


class _Script:
    """The text of a program, of which statements can be left out and blocks opened."""

    def __init__(self, source: str) -> None:
        self.body = ast.parse(source).body
        self._source = source
        self._lines: list[str | None] = list(source.splitlines())

    def end_with(self, place: SourcePosition, steps: Sequence[ScriptStep]) -> None:
        """Of two sides that a statement compares or assigns, leave the one that raised."""
        for body in _bodies(self.body):
            for number, statement in enumerate(body):
                if raised := _raised(statement, place, steps):
                    body[number] = ast.copy_location(ast.Expr(raised), statement)
                    self._drop(_lines(statement))
                    text = str(ast.get_source_segment(self._source, raised))
                    self._lines[statement.lineno - 1] = " " * statement.col_offset + text

    def with_only(self, steps: Sequence[ScriptStep]) -> str:
        """The text with these steps, and with the blocks around them that are more than a mark."""
        read = {one.id for step in steps for one in ast.walk(step.statement) if isinstance(one, ast.Name)}
        self._keep(self.body, {id(step.statement) for step in steps}, read)
        text = "\n".join(line for line in self._lines if line is not None)
        while "\n\n\n" in text:
            text = text.replace("\n\n\n", "\n\n")
        return text.strip("\n") + "\n"

    def _keep(self, body: list[ast.stmt], kept: set[int], read: set[str]) -> None:
        for statement in body:
            if not isinstance(statement, ast.With):
                if id(statement) not in kept:
                    self._drop(_lines(statement))
                continue
            if not any(id(step.statement) in kept for step in _steps([statement])):
                self._drop(_lines(statement))
                continue
            self._keep(statement.body, kept, read)
            self._open(statement, read)

    def _open(self, block: ast.With, read: set[str]) -> None:
        """Take the marks off a block, and the keys that nothing reads; what is left of its head stays."""
        rest = [item for item in block.items if not _is_mark(item, read)]
        if len(rest) == len(block.items):
            return
        self._drop(range(block.lineno, block.body[0].lineno))
        if rest:
            items = ", ".join(ast.unparse(item) for item in rest)
            head = f"with {items}:"
            self._lines[block.lineno - 1] = " " * block.col_offset + head
            return
        for number in _lines(block)[1:]:
            line = self._lines[number - 1]
            self._lines[number - 1] = line and line.removeprefix("    ")

    def _drop(self, lines: range) -> None:
        for number in lines:
            self._lines[number - 1] = None


def _lines(statement: ast.stmt) -> range:
    """The lines that it stands in, from 1."""
    first = min([statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", ()))])
    return range(first, (statement.end_lineno or first) + 1)


def _is_comparison(statement: ast.stmt) -> bool:
    """Whether it only compares, so that nothing changes where it passes."""
    calls = [one.func for one in ast.walk(statement) if isinstance(one, ast.Call)]
    names = {ast.unparse(one) for one in calls}
    return isinstance(statement, ast.Expr) and "assert_same" in names and names <= set(_PURE)


def _bodies(body: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    yield body
    for statement in body:
        if isinstance(statement, ast.With):
            yield from _bodies(statement.body)


def _sides(statement: ast.stmt) -> Sequence[ast.expr]:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id="assert_same"), args=sides)):
            return sides
        case ast.Assign(value=ast.Tuple(elts=sides)):
            return sides
    return ()


def _raised(
    statement: ast.stmt, place: SourcePosition, steps: Sequence[ScriptStep], given: Names = frozenset()
) -> ast.expr | None:
    """The side that raised, where those before it change nothing that it reads."""
    sides = _sides(statement)
    for number, side in enumerate(sides):
        if _holds(side, place):
            evaluated = [ScriptStep(ast.Expr(one)) for one in sides[: number + 1]]
            is_alone = not any(one in evaluated[:-1] for one in needed([*steps, *evaluated], given))
            return side if is_alone else None
    return None


def _holds(node: ast.expr, place: SourcePosition) -> bool:
    end = (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
    return (node.lineno, node.col_offset) <= place < end


def _steps(body: Sequence[ast.stmt], bound: Names = frozenset(), read: Names = frozenset()) -> Iterator[ScriptStep]:
    for statement in body:
        if isinstance(statement, ast.With):
            names = [one for item in statement.items for one in ast.walk(item) if isinstance(one, ast.Name)]
            stored = {one.id for one in names if isinstance(one.ctx, ast.Store)}
            yield from _steps(statement.body, bound | stored, read | {one.id for one in names} - stored)
        else:
            yield ScriptStep(statement, bound, read)


def _is_mark(item: ast.withitem, read: set[str]) -> bool:
    name = _called(item)
    keys = item.optional_vars.id if isinstance(item.optional_vars, ast.Name) else ""
    return name in (_BRIDGED, _PLAIN) or (name in _KEYS and keys not in read)


def _called(item: ast.withitem) -> str:
    call = item.context_expr
    return call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ""
