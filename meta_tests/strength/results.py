"""What came of each edit: a line of JSON in ``results.jsonl``, where a run that goes on finds what is done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from meta_tests.strength.small_edit import SmallEdit
from meta_tests.support import kept
from reports.atomic_write import write_whole

FILE = Path(__file__).with_name("results.jsonl")
# In place of a property: Flax with the edit, or a chapter, cannot be imported.
IMPORT = "import"


class Outcome(StrEnum):
    """``UNDECIDED``: time was up before every property had run."""

    KILLED = "killed"
    SURVIVED = "survived"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Result:
    """``by``: the property that was red first, with ``exception``; ``passed``: how many were green before it.

    ``seconds`` go from the start of Python to the first red property or to the end, ``processor`` are those in which
    it had a processor; both count the imports.
    """

    digest: str
    file: str
    function: str
    kind: str
    line: int
    old: str
    new: str
    outcome: Outcome
    by: str
    exception: str
    passed: int
    seconds: float
    processor: float


def result(
    edit: SmallEdit, outcome: Outcome, by: str, exception: str, passed: int, seconds: float, cpu: float
) -> Result:
    named = (edit.digest, edit.file, edit.function, edit.kind, edit.line, edit.old, edit.new)
    return Result(*named, outcome, by, exception, passed, round(seconds, 1), round(cpu, 1))


def read(file: Path = FILE) -> dict[str, Result]:
    """The results by the digest of the edit; the last line of an edit counts. BadInput."""
    found = kept.lines(file, lambda one: Result(**one | {"outcome": Outcome(one["outcome"])}))
    return {one.digest: one for one in found}


def add(one: Result, file: Path = FILE) -> None:
    """Append a line, so that a run that is stopped loses nothing."""
    with file.open("a", encoding="utf-8") as lines:
        lines.write(kept.line(one))


def write(results: Iterable[Result], file: Path = FILE) -> None:
    """One line an edit, sorted by its place."""
    ordered = sorted(results, key=lambda one: (one.file, one.line, one.digest))
    write_whole(file, "".join(map(kept.line, ordered)))


def current(results: Mapping[str, Result], edits: Iterable[SmallEdit]) -> dict[str, Result]:
    """The results of edits that there still are."""
    return {edit.digest: results[edit.digest] for edit in edits if edit.digest in results}
