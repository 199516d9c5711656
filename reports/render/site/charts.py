"""What the charts show: outcomes by release, time and examples by chapter, and what the strategies drew."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from reports.model import Property
from reports.render.matrix.matrix import Matrix
from reports.vocabulary import Outcome

OTHER = "other"
# From the bottom up: what fails stands on the axis, where its height can be compared.
STACKED = tuple(reversed(Outcome))


@dataclass(frozen=True)
class Part:
    """The properties of one outcome on one release, in percent of the plot."""

    outcome: str
    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True)
class Mark:
    """Where a minor release begins, in percent of the width."""

    label: str
    x: float


@dataclass(frozen=True)
class Health:
    """What became of the properties of each release, side by side."""

    parts: tuple[Part, ...]
    marks: tuple[Mark, ...]
    # How many properties the height stands for.
    most: int


def health(found: Matrix) -> Health:
    """The plot of all releases, the oldest at the left."""
    counts = [release.report.count() for release in found.releases]
    most = max((number.total() for number in counts), default=0)
    step = 100 / len(counts)
    parts: list[Part] = []
    for column, number in enumerate(counts):
        top = 100.0
        for outcome in STACKED:
            height = 100 * number[outcome] / (most or 1)
            top -= height
            if height:
                parts.append(Part(outcome, column * step + step / 10, step * 0.8, top, height))
    minors = found.minors
    begins = [column for column, minor in enumerate(minors) if minor not in minors[:column]]
    return Health(tuple(parts), tuple(Mark(minors[column], column * step) for column in begins), most)


@dataclass(frozen=True)
class Bars:
    """One chapter: a bar for each release, None where the report does not say."""

    chapter: str
    values: tuple[float | None, ...]

    @property
    def largest(self) -> float:
        return max(self.known, default=0)

    @property
    def known(self) -> list[float]:
        return [value for value in self.values if value is not None]


def seconds(found: Matrix) -> list[Bars]:
    """Time by chapter; no chapter at all where no report has timings."""
    every = [_bars(chapter, found, lambda one: one.seconds) for chapter in found.chapters]
    return [bars for bars in every if bars.known]


def examples(found: Matrix) -> list[Bars]:
    """Valid examples tried, by chapter."""
    return [_bars(chapter, found, lambda one: one.examples.valid) for chapter in found.chapters]


def _bars(chapter: str, found: Matrix, measure: Callable[[Property], float | None]) -> Bars:
    def total(column: int) -> float | None:
        cells = (row.cells[column] for row in found.chapters[chapter])
        measured = [value for cell in cells if cell is not None and (value := measure(cell)) is not None]
        return sum(measured) if measured else None

    return Bars(chapter, tuple(total(column) for column in range(len(found.releases))))


@dataclass(frozen=True)
class Class:
    """A class that a strategy names, such as "negative" of the kind "seed", and how often it was drawn."""

    name: str
    count: int
    # Of all that was drawn of this kind.
    share: float


def distributions(cells: Iterable[Property | None]) -> dict[str, list[Class]]:
    """Kind -> its classes, the most frequent first, of all these properties together."""
    events: Counter[str] = Counter()
    for cell in cells:
        events.update(cell.events if cell else {})
    kinds: dict[str, Counter[str]] = {}
    for event, count in events.items():
        named = re.fullmatch(r"(\w+): (.+)", event, flags=re.DOTALL)
        kind, name = named.groups() if named else (OTHER, event)
        kinds.setdefault(kind, Counter())[name] += count
    return {kind: _classes(kinds[kind]) for kind in sorted(kinds, key=lambda kind: (kind == OTHER, kind))}


def _classes(counts: Mapping[str, int]) -> list[Class]:
    total = sum(counts.values()) or 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Class(name, count, count / total) for name, count in ranked]
