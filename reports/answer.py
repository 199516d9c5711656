"""The answer to an upgrade: what breaks, differs, fails differently and works now, one entry per finding."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Self

from properties.findings import Cause, Finding, failure_of, finding_of, findings_of_change
from reports import releases
from reports.compare import Comparison, ObservedChange, compare, incomparable
from reports.model import Property, Report
from reports.releases import checkpoints
from reports.releases.checkpoints import Crossing
from reports.vocabulary import Effect, Outcome, Verdict


class Kind(StrEnum):
    """What an entry means for code that uses it, the gravest first."""

    BREAKS = "breaks"
    UNCLEAR = "cannot tell"
    DIFFERS = "differs"
    FAILS_DIFFERENTLY = "fails differently"
    NEW = "new and fails"
    WORKS_NOW = "works now"


_KINDS = {
    Verdict.REGRESSED: Kind.BREAKS,
    Verdict.REMOVED: Kind.BREAKS,
    Verdict.INCOMPARABLE: Kind.UNCLEAR,
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
    shown_by: tuple[Comparison, ...]
    # The releases between the two with which it came, the oldest first; none if unknown.
    since: tuple[str, ...]

    @property
    def title(self) -> str:
        """A line that a Flax user understands."""
        return self.finding.title if self.finding else self.shown_by[0].statement

    @property
    def name(self) -> str:
        """What a reader asks for: the name of the finding, or the id of the property."""
        return self.finding.name if self.finding else self.shown_by[0].id

    @property
    def effect(self) -> Effect:
        """What it means for an upgrade: safe if all of it is accepted."""
        return max(one.effect for one in self.shown_by)

    @property
    def accepted(self) -> tuple[str, ...]:
        """The reasons for which a user accepts it, or a part of it."""
        return tuple(dict.fromkeys(one.allowed for one in self.shown_by if one.allowed))

    @property
    def do(self) -> str | None:
        """What to do about it; None where it works now, or nobody knows."""
        if self.kind is Kind.WORKS_NOW:
            return None
        return self.finding.do if self.finding else self.shown_by[0].advice

    @property
    def diff(self) -> str | None:
        """The advice as lines of a diff; None where there is none."""
        advice = self.finding.advice() if self.finding and self.kind is not Kind.WORKS_NOW else ""
        return advice or None

    @property
    def reason(self) -> str | None:
        """What NEW says of a property that no finding explains: why it is unsupported, or what a user notices."""
        return None if self.finding or self.kind is Kind.WORKS_NOW else self.shown_by[0].reason

    @property
    def error(self) -> str | None:
        """What NEW raises, in a line."""
        failing = self._failing
        failure = failing.failure if failing else None
        return f"{failure.exception}: {failure.message.partition(chr(10))[0]}" if failure else None

    @property
    def example(self) -> str | None:
        """The falsifying example on NEW of a property that no finding explains."""
        failing = None if self.finding else self._failing
        return failing.failure.falsifying_example if failing and failing.failure else None

    @property
    def again(self) -> str | None:
        """The command that shows the failure of a property that no finding explains again."""
        failing = None if self.finding else self._failing
        return failing.failure.command if failing and failing.failure else None

    @property
    def _failing(self) -> Property | None:
        if self.kind in (Kind.DIFFERS, Kind.WORKS_NOW):
            return None
        return next((one.new for one in self.shown_by if one.new and one.new.failure), None)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a replay, an attribution or an exchange of checkpoints adds."""
        return tuple(dict.fromkeys(note for one in self.shown_by for note in one.notes))

    @property
    def changes(self) -> tuple[ObservedChange, ...]:
        """The observed values that differ."""
        return tuple(change for one in self.shown_by for change in one.changes) if self.kind is Kind.DIFFERS else ()

    @property
    def topics(self) -> tuple[str, ...]:
        """What it concerns; none where nobody says."""
        return self.finding.topics if self.finding else self.shown_by[0].topics

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What changed in Flax or JAX with the releases that it came with."""
        return tuple(one for one in self.finding.causes if one.release in self.since) if self.finding else ()

    @property
    def properties(self) -> tuple[str, ...]:
        """The ids of the properties that show it."""
        return tuple(one.id for one in self.shown_by)


@dataclass(frozen=True)
class Changes:
    """What changes from one run to another, grouped by finding."""

    entries: tuple[Entry, ...] = ()
    # How many properties say the same on both, of how many.
    same: int = 0
    of: int = 0
    # Why the two cannot be compared; there are then no entries.
    doubts: tuple[str, ...] = ()
    # The topics asked for, and the entries that concern none of them; all is asked for where there are no topics.
    uses: tuple[str, ...] = ()
    unused: tuple[Entry, ...] = ()
    # What became of the checkpoints from OLD to NEW and back, of those directions that were tried.
    checkpoints: tuple[Crossing, ...] = ()

    def of_kind(self, kind: Kind) -> tuple[Entry, ...]:
        """The entries of one kind, those that most properties show first."""
        return tuple(entry for entry in self.entries if entry.kind is kind)

    def using(self, topics: Collection[str]) -> Self:
        """What concerns these topics; an entry of which nobody says what it concerns may concern any."""
        chosen = tuple(one for one in self.entries if not one.topics or set(topics) & set(one.topics))
        rest = tuple(one for one in self.entries if one not in chosen)
        return replace(self, entries=chosen, uses=tuple(topics), unused=(*self.unused, *rest))


@dataclass(frozen=True, kw_only=True)
class Upgrade(Changes):
    """What changes from OLD to NEW, of which both were run."""

    old: Report
    new: Report


def upgrade(old: Report, new: Report) -> Upgrade:
    """What two runs say of going from OLD to NEW."""
    doubts = tuple(incomparable(old, new))
    if doubts:
        return Upgrade(doubts=doubts, old=old, new=new)
    found = compare(old, new)
    entries = tuple(entries_of(found, old, new))
    same, of = counted(found, entries)
    ways = _checkpoints(old.environment.flax, new.environment.flax)
    return Upgrade(entries, same, of, checkpoints=ways, old=old, new=new)


def counted(found: Sequence[Comparison], entries: Sequence[Entry]) -> tuple[int, int]:
    """How many properties say the same on both sides, and how many there are."""
    changed = {name for entry in entries for name in entry.properties}
    asked = [one.id for one in found if one.old or one.new]
    return len([name for name in asked if name not in changed]), len(asked)


def _checkpoints(old: str, new: str) -> tuple[Crossing, ...]:
    return tuple(way for way in (checkpoints.over(old, new), checkpoints.over(new, old)) if way)


@dataclass(frozen=True)
class Between:
    """The releases after OLD up to NEW, or after NEW up to OLD where one goes back."""

    old: str
    new: str

    @cached_property
    def releases(self) -> tuple[str, ...]:
        """The oldest first."""
        return tuple(releases.between(self.old, self.new))

    def __iter__(self) -> Iterator[str]:
        return iter(self.releases)


def entries_of(found: Sequence[Comparison], old: Report, new: Report) -> Iterator[Entry]:
    """The comparisons of which there is something to say, grouped by finding, the gravest first."""
    between = Between(old.environment.flax, new.environment.flax)
    groups: dict[tuple[Kind, str], tuple[Finding | None, list[Comparison]]] = {}
    for one in found:
        for kind, finding in _explained(one, between):
            key = (kind, finding.name if finding else one.id)
            groups.setdefault(key, (finding, []))[1].append(one)
    order = list(Kind)
    ordered = sorted(groups.items(), key=lambda group: (order.index(group[0][0]), -len(group[1][1]), group[0][1]))
    for (kind, _), (finding, shown_by) in ordered:
        yield Entry(kind, finding, tuple(shown_by), tuple(_since(kind, finding, shown_by, between)))


def _explained(one: Comparison, between: Between) -> Iterable[tuple[Kind, Finding | None]]:
    """What becomes of a property, and because of what; nothing where it says the same."""
    kind = _kind(one)
    if kind is None:
        return
    before, after = _finding_of(one.old, between.old), _finding_of(one.new, between.new)
    if kind is Kind.FAILS_DIFFERENTLY and before and before is after and not _raises_another(one):
        return
    failing = before if kind is Kind.WORKS_NOW else after
    if failing:
        yield kind, failing
        return
    # A change explains no failure: a finding says how it fails, or nothing does.
    explains = kind is Kind.DIFFERS or not (one.new and one.new.failure)
    changes = {change.name: change for release in between for change in findings_of_change(one.id, release)}
    if changes and explains:
        yield from ((kind, change) for change in changes.values())
    else:
        yield kind, None


def _kind(one: Comparison) -> Kind | None:
    if one.verdict is Verdict.NEW and one.effect is Effect.UNCLEAR:
        return Kind.UNCLEAR
    if one.verdict is Verdict.NEW and one.new and one.new.failure:
        return Kind.NEW
    return _KINDS.get(one.verdict)


def _finding_of(side: Property | None, release: str) -> Finding | None:
    """The finding because of which a property fails there: what is not known to fail must fail as the finding says."""
    finding = finding_of(side.id, release) if side and side.failure else None
    if finding is None or side is None or side.failure is None or side.outcome == Outcome.KNOWN_FAILURE:
        return finding
    fails = finding.failure(side.id, release)
    alike = fails and fails.exception == side.failure.exception and re.search(fails.message, side.failure.message)
    return finding if alike else None


def _raises_another(one: Comparison) -> bool:
    sides = [side.failure.exception if side and side.failure else None for side in (one.old, one.new)]
    return sides[0] != sides[1]


def _since(kind: Kind, finding: Finding | None, shown_by: Iterable[Comparison], between: Between) -> tuple[str, ...]:
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
