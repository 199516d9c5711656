"""Many reports side by side: properties down, releases across."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from string import ascii_uppercase

from reports.compare import differences
from reports.model import Property, Report
from reports.render.matrix.history import history, in_words
from reports.render.matrix.table import in_order, labels
from reports.render.text import literal
from reports.vocabulary import NOT_RUN


@dataclass(frozen=True)
class ReleaseColumn:
    """One column."""

    label: str
    report: Report

    @property
    def jax(self) -> str:
        return self.report.environment.packages.get("jax") or "none"

    @property
    def python(self) -> str:
        return self.report.environment.python


@dataclass(frozen=True)
class Strip:
    """One observation on every release: the same letter where the value is the same, None where there is none."""

    name: str
    letters: tuple[str | None, ...]
    # Letter -> the value as JSON, in the order in which the values appear.
    values: dict[str, str]

    @property
    def changes(self) -> bool:
        return len(self.values) > 1

    def since(self, releases: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Each value with the release since which the observation has it; a value may come back."""
        last = None
        for release, letter in zip(releases, self.letters, strict=True):
            if letter is not None and letter != last:
                yield release, letter
                last = letter


@dataclass(frozen=True)
class MatrixRow:
    """One property on every release."""

    releases: tuple[str, ...]
    # The Flax of each, which is not always its label.
    flax: tuple[str, ...]
    # None where it was not run.
    cells: tuple[Property | None, ...]

    @cached_property
    def newest(self) -> Property:
        """The last report that has it: it has the last word on what the property says."""
        return next(cell for cell in reversed(self.cells) if cell is not None)

    @property
    def id(self) -> str:
        return self.newest.id

    @property
    def function(self) -> str:
        """The id without parameters."""
        return self.id.partition("[")[0]

    @property
    def parameters(self) -> tuple[str, ...]:
        """With what the property was tried; nothing where it takes no parameters."""
        return (self.id.partition("[")[2].removesuffix("]"),) if "[" in self.id else ()

    @property
    def chapter(self) -> str:
        return self.newest.chapter

    @cached_property
    def statement(self) -> str:
        """The sentence of the contract; a process that dies leaves none."""
        said = (cell.statement for cell in reversed(self.cells) if cell is not None and cell.statement)
        return next(said, self.id)

    @property
    def feature(self) -> str | None:
        """What a generated program uses; None for any other property."""
        return self.newest.feature

    @cached_property
    def advice(self) -> str | None:
        return next((cell.advice for cell in reversed(self.cells) if cell is not None and cell.advice), None)

    @cached_property
    def history(self) -> str:
        return history(dict(zip(self.releases, self.cells, strict=True)))

    @property
    def outcomes(self) -> tuple[str, ...]:
        return tuple(cell.outcome if cell else NOT_RUN for cell in self.cells)

    @cached_property
    def strips(self) -> tuple[Strip, ...]:
        names = sorted({name for cell in self.cells if cell for name in cell.observations})
        return tuple(self._strip(name) for name in names)

    def _strip(self, name: str) -> Strip:
        found: dict[str, str] = {}
        letters: list[str | None] = []
        for cell in self.cells:
            if cell is None or name not in cell.observations:
                letters.append(None)
                continue
            value = literal(cell.observations[name])
            letters.append(found.setdefault(value, _letter(len(found))))
        return Strip(name, tuple(letters), {letter: value for value, letter in found.items()})

    @property
    def turns(self) -> tuple[str, ...]:
        """The Flax releases on which it does something else than on the run before."""
        ran = [cell for cell in zip(self.flax, self.cells, strict=True) if cell[1] is not None]
        states = [(flax, cell.outcome, cell.observations) for flax, cell in ran if cell]
        turns = (after[0] for before, after in pairwise(states) if before[1:] != after[1:])
        return tuple(dict.fromkeys(turns))


def _letter(number: int) -> str:
    return ascii_uppercase[number] if number < len(ascii_uppercase) else str(number + 1)


@dataclass(frozen=True)
class Matrix:
    releases: tuple[ReleaseColumn, ...]
    # Chapter -> its rows; both in the order of their names.
    chapters: dict[str, list[MatrixRow]]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(release.label for release in self.releases)

    @property
    def minors(self) -> tuple[str, ...]:
        """Of each column the minor release, such as 0.12."""
        return tuple(".".join(label.split(".")[:2]) for label in self.labels)

    @property
    def rows(self) -> list[MatrixRow]:
        return [row for rows in self.chapters.values() for row in rows]

    @property
    def cells(self) -> list[Property | None]:
        return [cell for row in self.rows for cell in row.cells]

    @cached_property
    def doubts(self) -> list[str]:
        """Whatever keeps two columns from being compared, a sentence each."""
        return [*_unfinished(self.releases), *_incomparable(self.releases)]


def matrix(reports: Sequence[Report]) -> Matrix:
    """At least one report, in any order."""
    found = sorted(map(ReleaseColumn, labels(reports), reports), key=lambda release: in_order(release.label))
    names = tuple(release.label for release in found)
    flax = tuple(release.report.environment.flax for release in found)
    by_id = [release.report.by_id for release in found]
    chapters: dict[str, list[MatrixRow]] = {}
    for property_id in sorted(set().union(*by_id)):
        row = MatrixRow(names, flax, tuple(properties.get(property_id) for properties in by_id))
        chapters.setdefault(row.chapter, []).append(row)
    return Matrix(tuple(found), dict(sorted(chapters.items())))


def _unfinished(releases: Sequence[ReleaseColumn]) -> Iterable[str]:
    for release in releases:
        if not release.report.complete or release.report.shards.missing:
            yield f"{release.label}: the run is not whole, so its outcomes are not all there are."


def _incomparable(releases: Sequence[ReleaseColumn]) -> Iterable[str]:
    first = releases[0]
    concerned: dict[str, set[str]] = {}
    for release in releases[1:]:
        for reason in differences(first.report, release.report):
            concerned.setdefault(reason, set()).add(release.label)
    for reason, those in concerned.items():
        names = in_words((release.label for release in releases), those)
        yield f"Not comparable: {reason}. OLD is {first.label}; NEW is {names}."
