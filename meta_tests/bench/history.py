"""``history.jsonl``: a line for each part of each measurement, and what became worse since the line before."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from meta_tests.bench.measured import Measured
from meta_tests.bench.verdict import BenchVerdict
from reports.atomic_write import write_whole

FOLDER = Path(__file__).parent
_NAME = "history.jsonl"
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
    """The lines, the oldest first."""
    file = folder / _NAME
    return [_line(text) for text in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def write(lines: Sequence[Line], folder: Path = FOLDER) -> None:
    """All lines."""
    write_whole(folder / _NAME, "".join(json.dumps(asdict(line), ensure_ascii=False) + "\n" for line in lines))


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


def _line(text: str) -> Line:
    found = json.loads(text)
    measured = found.pop("measured")
    verdicts = [BenchVerdict(**one) for one in measured.pop("verdicts")]
    return Line(**found, measured=Measured(verdicts=verdicts, **measured))
