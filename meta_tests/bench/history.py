"""``history.jsonl``: a line for each part of each measurement, and what became worse since the line before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meta_tests.bench.measured import Measured
from meta_tests.bench.verdict import BenchVerdict
from meta_tests.support import kept
from reports.atomic_write import write_whole

FOLDER = Path(__file__).parent
_NAME, _REFUSED = "history.jsonl", Path(".cache", "refused.jsonl")
# A chapter that costs more than so many times what it did is worse.
TIMES = 2.0


@dataclass(frozen=True)
class Line:
    """A part as it was measured on a day (ISO 8601), with the versions and the machine in words."""

    part: str
    day: str
    where: str
    measured: Measured


def read(folder: Path = FOLDER) -> list[Line]:
    """The lines, the oldest first; BadInput."""
    return kept.lines(folder / _NAME, _line)


def write(lines: Sequence[Line], folder: Path = FOLDER) -> None:
    """All lines."""
    write_whole(folder / _NAME, "".join(map(kept.line, lines)))


def refuse(line: Line, folder: Path = FOLDER) -> None:
    """Keep a measurement that may be accepted later, in place of an earlier one of its part."""
    others = [one for one in refused(folder) if one.part != line.part]
    write_whole(folder / _REFUSED, "".join(map(kept.line, [*others, line])))


def refused(folder: Path = FOLDER) -> list[Line]:
    """What may be accepted; BadInput."""
    return kept.lines(folder / _REFUSED, _line)


def forget_refused(folder: Path = FOLDER) -> None:
    """It was accepted."""
    (folder / _REFUSED).unlink()


def last(lines: Sequence[Line], part: str) -> Line | None:
    """The last measurement of a part."""
    return next((line for line in reversed(lines) if line.part == part), None)


def worse(before: Measured, now: Measured) -> Iterator[str]:
    """A line for each target that was met and is missed, and for each chapter whose cost more than doubled."""
    met = {verdict.target for verdict in before.verdicts if verdict.met}
    for verdict in now.verdicts:
        if verdict.target in met and not verdict.met:
            yield f"no longer met: {verdict.target}: {verdict.measured:.2f}"
    for chapter, cost in now.costs.items():
        if cost > TIMES * before.costs.get(chapter, cost):
            yield f"{chapter} costs {cost:.1f} imports of flax.nnx; it was {before.costs[chapter]:.1f}"


def _line(found: dict[str, Any]) -> Line:
    measured = found.pop("measured")
    verdicts = [BenchVerdict(**one) for one in measured.pop("verdicts")]
    return Line(**found, measured=Measured(verdicts=verdicts, **measured))
