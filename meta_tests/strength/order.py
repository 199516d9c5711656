"""The order in which properties run on an edit: by what they are known to kill, and how near, per second."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from meta_tests.edits import Edit
from meta_tests.strength.coverage import Coverage
from meta_tests.strength.results import IMPORT, Outcome, Result
from meta_tests.strength.small_edit import SmallEdit

# What a kill in the same function, in the same file and anywhere counts, and what a property without any kill counts.
_SAME_FUNCTION, _SAME_FILE, _ANYWHERE, _NONE = 10.0, 1.0, 0.1, 0.05
# What each property takes at least: its own seconds are those of a quick run.
_LEAST_SECONDS = 0.3


@dataclass(frozen=True)
class Kill:
    """A property was red on an edit of this function."""

    property: str
    file: str
    function: str


def of_results(results: Iterable[Result]) -> list[Kill]:
    killed = (one for one in results if one.outcome == Outcome.KILLED and one.by != IMPORT)
    return [Kill(one.by, one.file, one.function) for one in killed]


def of_edits(edits: Iterable[Edit], sources: Mapping[str, str]) -> list[Kill]:
    """What the edits written by hand say of the properties that they name. ``sources``: of the bridge's modules."""
    return [
        Kill(one, f"nnx/bridge/{edit.module}.py", function_at(sources[edit.module], edit.old))
        for edit in edits
        for one in edit.rejecting
    ]


def function_at(source: str, text: str) -> str:
    """The qualified name of the innermost function that the beginning of a text lies in; empty outside of all."""
    line = source.count("\n", 0, source.index(text)) + (len(text) - len(text.lstrip("\n"))) + 1
    path: list[str] = []
    body: Sequence[ast.stmt] = ast.parse(source).body
    found = ""
    while inside := [
        one
        for statement in body
        for one in _definitions(statement)
        if one.lineno <= line <= (one.end_lineno or one.lineno)
    ]:
        path.append(inside[0].name)
        body = inside[0].body
        if not isinstance(inside[0], ast.ClassDef):
            found = ".".join(path)
    return found


def _definitions(statement: ast.stmt) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if isinstance(statement, kinds):
        return [statement]
    return [
        one for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt) for one in _definitions(child)
    ]


def order(edit: SmallEdit, coverage: Coverage, kills: Iterable[Kill], unmeasured: Iterable[str] = ()) -> list[str]:
    """Every property that runs the edited function, or all if it is edited outside of functions; dearest last.

    Properties of which nobody knows what they run, as new ones, come after those.
    """
    worth: defaultdict[str, float] = defaultdict(float)
    for kill in kills:
        near = _SAME_FILE if kill.file == edit.file else _ANYWHERE
        worth[kill.property] += _SAME_FUNCTION if (kill.file, kill.function) == (edit.file, edit.function) else near
    running = coverage.runs(f"{edit.file}::{edit.function}") if edit.function else coverage.properties
    red = set(coverage.red)
    known = sorted(
        (name for name in running if name not in red),
        key=lambda name: (-(worth[name] + _NONE) / (coverage.seconds[name] + _LEAST_SECONDS), name),
    )
    return [*known, *sorted(unmeasured, key=lambda name: (-worth[name], name))]
