"""The answer to an upgrade: what breaks, differs, fails differently and works now, one entry per finding."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from properties.findings import Cause, Finding, failure_of, finding_of, findings_of_change, version
from reports import releases
from reports.compare import Change, Verdict, compare, incomparable
from reports.compare import Finding as Compared
from reports.model import Report


class Kind(StrEnum):
    """What an entry means for code that uses it, the gravest first."""

    BREAKS = "breaks"
    DIFFERS = "differs"
    FAILS_DIFFERENTLY = "fails differently"
    WORKS_NOW = "works now"


_KINDS = {
    Verdict.REGRESSED: Kind.BREAKS,
    Verdict.LOST: Kind.BREAKS,
    Verdict.DRIFTED: Kind.DIFFERS,
    Verdict.FAILURE_CHANGED: Kind.FAILS_DIFFERENTLY,
    Verdict.FIXED: Kind.WORKS_NOW,
}


@dataclass(frozen=True)
class Entry:
    """One finding between two releases, or a property that no finding explains."""

    kind: Kind
    # None where no finding explains it: `shown_by` is then one property.
    finding: Finding | None
    shown_by: tuple[Compared, ...]
    # The releases between the two with which it came, the oldest first; none if unknown.
    since: tuple[str, ...]

    @property
    def title(self) -> str:
        """A line that a Flax user understands."""
        return self.finding.title if self.finding else self.shown_by[0].statement

    @property
    def do(self) -> str | None:
        """What to do about it; None where it works now, or nobody knows."""
        if self.kind is Kind.WORKS_NOW:
            return None
        return self.finding.do if self.finding else self.shown_by[0].advice

    @property
    def diff(self) -> str | None:
        """The advice as lines of a diff; None where it works now, or code does not say it."""
        return self.finding.advice() or None if self.finding and self.kind is not Kind.WORKS_NOW else None

    @property
    def error(self) -> str | None:
        """What NEW raises, in a line."""
        failures = (one.new.failure for one in self.shown_by if one.new and one.new.failure)
        first = next(failures, None) if self.kind in (Kind.BREAKS, Kind.FAILS_DIFFERENTLY) else None
        return f"{first.exception}: {first.message.partition(chr(10))[0]}" if first else None

    @property
    def changes(self) -> tuple[Change, ...]:
        """The observed values that differ."""
        return tuple(change for one in self.shown_by for change in one.changes) if self.kind is Kind.DIFFERS else ()

    @property
    def topics(self) -> tuple[str, ...]:
        """What it concerns; none where no finding explains it."""
        return self.finding.topics if self.finding else ()

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What changed in Flax or JAX with the releases that it came with."""
        return tuple(one for one in self.finding.causes if one.release in self.since) if self.finding else ()

    @property
    def properties(self) -> tuple[str, ...]:
        """The ids of the properties that show it."""
        return tuple(one.id for one in self.shown_by)


@dataclass(frozen=True)
class Upgrade:
    """What changes from OLD to NEW."""

    old: Report
    new: Report
    entries: tuple[Entry, ...]
    # How many properties say the same on both, of how many.
    same: int
    of: int
    # Why the two cannot be compared; there are then no entries.
    doubts: tuple[str, ...] = ()
    # The topics asked for; all where there are none.
    uses: tuple[str, ...] = ()

    def of_kind(self, kind: Kind) -> tuple[Entry, ...]:
        """The entries of one kind, those that most properties show first."""
        return tuple(entry for entry in self.entries if entry.kind is kind)

    def using(self, topics: Collection[str]) -> "Upgrade":
        """What concerns these topics; an entry that nothing explains may concern any."""
        chosen = tuple(one for one in self.entries if not one.topics or set(topics) & set(one.topics))
        return replace(self, entries=chosen, uses=tuple(topics))


def upgrade(old: Report, new: Report) -> Upgrade:
    """What two runs say of going from OLD to NEW."""
    doubts = tuple(incomparable(old, new))
    if doubts:
        return Upgrade(old, new, (), 0, 0, doubts)
    found = compare(old, new)
    between = Between(old.environment.flax, new.environment.flax)
    entries = tuple(_entries(found, between))
    changed = {name for entry in entries for name in entry.properties}
    return Upgrade(old, new, entries, len(found) - len(changed), len(found))


@dataclass(frozen=True)
class Between:
    """The releases after OLD up to NEW, or after NEW up to OLD where one goes back."""

    old: str
    new: str

    @cached_property
    def releases(self) -> tuple[str, ...]:
        """The oldest first."""
        low, high = sorted((version(self.old), version(self.new)))
        return tuple(release for release in releases.releases() if low < version(release) <= high)

    def __iter__(self) -> Iterator[str]:
        return iter(self.releases)


def _entries(found: Sequence[Compared], between: Between) -> Iterator[Entry]:
    groups: dict[tuple[Kind, str], tuple[Finding | None, list[Compared]]] = {}
    for one in found:
        for kind, finding in _explained(one, between):
            key = (kind, finding.name if finding else one.id)
            groups.setdefault(key, (finding, []))[1].append(one)
    order = list(Kind)
    ordered = sorted(groups.items(), key=lambda group: (order.index(group[0][0]), -len(group[1][1]), group[0][1]))
    for (kind, _), (finding, shown_by) in ordered:
        yield Entry(kind, finding, tuple(shown_by), tuple(_since(kind, finding, shown_by, between)))


def _explained(one: Compared, between: Between) -> Iterable[tuple[Kind, Finding | None]]:
    """What becomes of a property, and because of what; nothing where it says the same."""
    kind = _KINDS.get(one.verdict)
    if kind is None:
        return
    before, after = finding_of(one.id, between.old), finding_of(one.id, between.new)
    if kind is Kind.FAILS_DIFFERENTLY and before and before is after and not _raises_another(one):
        return
    failing = before if kind is Kind.WORKS_NOW else after
    if failing:
        yield kind, failing
        return
    changes = {change.name: change for release in between for change in findings_of_change(one.id, release)}
    if changes:
        yield from ((kind, change) for change in changes.values())
    else:
        yield kind, None


def _raises_another(one: Compared) -> bool:
    sides = [side.failure.exception if side and side.failure else None for side in (one.old, one.new)]
    return sides[0] != sides[1]


def _since(kind: Kind, finding: Finding | None, shown_by: Iterable[Compared], between: Between) -> tuple[str, ...]:
    """The releases with which OLD's behaviour became that of NEW: a failure's last turn, each change of a value."""
    if finding is None:
        return ()
    names = [one.id for one in shown_by]
    changes = [one.release for one in finding.changes if any(one.shows(name) for name in names)]
    if kind is Kind.DIFFERS:
        return tuple(release for release in between if release in changes)
    known = releases.releases()
    states = [_exceptions(finding, names, release) for release in known]
    turns = [release for before, release, after in zip(states, known[1:], states[1:], strict=False) if before != after]
    return tuple(release for release in between if release in (*turns, *changes))[-1:]


def _exceptions(finding: Finding, names: Iterable[str], release: str) -> set[str]:
    """What is raised on a release because of the finding."""
    found = (failure_of(name, release) for name in names)
    return {one[1].exception for one in found if one and one[0] is finding}
