"""What the charts show: time and examples by chapter and release, and what the strategies drew."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from reports.matrix.matrix import Matrix
from reports.model import Property

OTHER = "other"


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
