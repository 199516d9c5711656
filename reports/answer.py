"""The answer to an upgrade: what breaks, differs, fails differently and works now, one entry per finding."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Self, TypeVar

from properties.findings import Cause, Finding, findings_of_change
from properties.support.topics import concern
from reports import advice, releases
from reports.between import Between
from reports.compare import Comparison, ObservedChange, compare, finding_behind, incomparable
from reports.diffs import diff_of
from reports.model import Property, Report
from reports.releases import checkpoints, model_checkpoints
from reports.releases.checkpoints import Crossing
from reports.releases.model_checkpoints import ModelCrossing
from reports.turns import arrival, turns
from reports.vocabulary import Effect, Outcome, Verdict


class EntryKind(StrEnum):
    """What an entry means for code that uses it, the gravest first."""

    BREAKS = "breaks"
    MORE_CASES = "breaks in more cases"
    UNCLEAR = "cannot tell"
    DIFFERS = "differs"
    FAILS_DIFFERENTLY = "fails differently"
    NEW = "new and fails"
    LACKS = "lacks"
    PARTLY_FIXED = "partly fixed"
    WORKS_NOW = "works now"
    STILL_FAILS = "still fails"


_KINDS = {
    Verdict.REGRESSED: EntryKind.BREAKS,
    Verdict.REMOVED: EntryKind.BREAKS,
    Verdict.INCOMPARABLE: EntryKind.UNCLEAR,
    Verdict.DRIFTED: EntryKind.DIFFERS,
    Verdict.FAILURE_CHANGED: EntryKind.FAILS_DIFFERENTLY,
    Verdict.FIXED: EntryKind.WORKS_NOW,
}


@dataclass(frozen=True)
class Entry:
    """One finding between two releases; what NEW lacks; or a property that neither explains."""

    kind: EntryKind
    # None where no finding explains it: `shown_by` is then one property, or those that need what NEW lacks.
    finding: Finding | None
    # Those of this kind first.
    shown_by: tuple[Comparison, ...]
    # Not known where a side did not run.
    between: Between | None = None
    # What fails on both sides because of the same finding.
    on_both: tuple[Comparison, ...] = ()

    @cached_property
    def since(self) -> tuple[str, ...]:
        """The releases that brought it, the oldest first; where one goes back, what ended it; none if unknown."""
        if self.finding is None or self.between is None:
            return ()
        if self.kind in (EntryKind.DIFFERS, EntryKind.FAILS_DIFFERENTLY) or self.changes:
            return tuple(turns(self.finding, self._of_kind, self.between))
        return arrival(self.finding, self._of_kind, self.between, self.kind in _FIXED)

    @property
    def cases(self) -> tuple[Comparison, ...]:
        """Of a finding that is only partly fixed, what still fails; of one that breaks more, what is new."""
        if self.kind is EntryKind.PARTLY_FIXED:
            return self.on_both
        failed = self.finding and self.between and _failed(self.finding, self)
        return self._of_kind if failed and self.kind in (EntryKind.MORE_CASES, EntryKind.NEW) else ()

    @property
    def back(self) -> bool:
        """Whether one goes back to an older release."""
        return bool(self.between and self.between.back)

    @property
    def _of_kind(self) -> tuple[Comparison, ...]:
        kind = _SHOWN_AS.get(self.kind, self.kind)
        return tuple(one for one in self.shown_by if _kind(one) is kind)

    @property
    def title(self) -> str:
        """A line that a Flax user understands."""
        return self.finding.title if self.finding else self.lacks or self.shown_by[0].statement

    @property
    def lacks(self) -> str | None:
        """What NEW has not, and OLD has; None where a finding says it, or where it is something else."""
        return _lacking(self.shown_by[0]) if self.kind is EntryKind.LACKS else None

    @property
    def symptoms(self) -> tuple[str, ...]:
        """What a user notices, the most important first, without what is of other releases; none without a finding."""
        if self.finding is None:
            return ()
        return advice.symptoms(self.finding, self.between, more_cases=self.kind is EntryKind.MORE_CASES)

    @property
    def symptom(self) -> str | None:
        """All of what a user notices; None where no finding says it."""
        return " ".join(self.symptoms) or None

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
        """What to do about it; None where it is for who goes the other way, or nobody knows.

        Of what works now it is what only NEW asks for, such as another path of what OLD saved.
        """
        if self.finding is None:
            return self.shown_by[0].advice
        if self.kind is EntryKind.WORKS_NOW and self.back:
            return None
        if self.kind is EntryKind.WORKS_NOW or (self.back and not self.finding.fails):
            return (self.between and advice.do_of_new(self.finding, self.between)) or None
        return advice.do(self.finding, self.between) or None

    @property
    def workaround(self) -> str | None:
        """What OLD needs and NEW does not; None where there is none, or where NEW may lack what it uses."""
        if self.kind is not EntryKind.WORKS_NOW or self.back or self.finding is None or self.between is None:
            return None
        return advice.workaround(self.finding, self.between) or None

    @property
    def diff(self) -> str | None:
        """The advice as lines of a diff; None where there is none, or where it is for other releases than NEW.

        Of what no finding explains it is a function to paste.
        """
        if self.finding is None:
            return self.shown_by[0].function
        if self.kind is EntryKind.WORKS_NOW or (self.back and not self.finding.fails):
            return None
        if self.finding.fails and self.between and not self.finding.covers(self.between.new):
            return None
        if self.finding.remedy and self.between and not self.finding.is_remedied(self.between.new):
            return None
        return diff_of(self.finding) or None

    @property
    def reason(self) -> str | None:
        """What NEW says: why it is unsupported, or what a user notices of what no finding explains."""
        first = self.shown_by[0]
        unsupported = first.new and first.new.outcome is Outcome.UNSUPPORTED
        if self.lacks or (
            self.finding and any(self.between and one.covers(self.between.new) for one in self.finding.symptoms)
        ):
            return None
        return first.reason if self.kind is not EntryKind.WORKS_NOW and (unsupported or not self.finding) else None

    @property
    def raised(self) -> tuple[str, ...]:
        """The exceptions that a user sees on NEW; none where a case gives no exception, or nobody knows."""
        names = dict.fromkeys(one.failure.exception for one in self._failing if one.failure)
        return () if "AssertionError" in names else tuple(names)

    @property
    def error(self) -> str | None:
        """What a user sees NEW raise, in a line; what a property asserts only where no finding says what happens."""
        failures = [one.failure for one in self._failing if one.failure]
        seen = [one for one in failures if one.exception != "AssertionError"]
        failure = next(iter(seen or ([] if self.finding else failures)), None)
        if failure is None:
            return None
        # What a property asserts where an exception is expected.
        if (failure.exception, failure.message) == ("AssertionError", "no exception"):
            return "raises nothing"
        return f"{failure.exception}: {failure.message.partition(chr(10))[0]}"

    @property
    def example(self) -> str | None:
        """The falsifying example on NEW of a property that no finding explains."""
        failing = None if self.finding else next(iter(self._failing), None)
        return failing.failure.falsifying_example if failing and failing.failure else None

    @property
    def again(self) -> str | None:
        """The command that shows the failure of a property that no finding explains again."""
        failing = None if self.finding else next(iter(self._failing), None)
        return failing.failure.command if failing and failing.failure else None

    @property
    def _failing(self) -> list[Property]:
        if self.kind in (EntryKind.DIFFERS, *_FIXED):
            return []
        return [one.new for one in self.shown_by if one.new and one.new.failure]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a replay, an attribution or an exchange of checkpoints adds."""
        return tuple(dict.fromkeys(note for one in self.shown_by for note in one.notes))

    @property
    def changes(self) -> tuple[ObservedChange, ...]:
        """The observed values that differ."""
        return tuple(change for one in self._of_kind for change in one.changes)

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


# Of an entry that has nothing but what works now.
_FIXED = (EntryKind.PARTLY_FIXED, EntryKind.WORKS_NOW)
# The kind of what shows it, where that is another.
_SHOWN_AS = {
    EntryKind.PARTLY_FIXED: EntryKind.WORKS_NOW,
    EntryKind.MORE_CASES: EntryKind.BREAKS,
    EntryKind.LACKS: EntryKind.BREAKS,
}


# Checkpoints concern who uses these topics, or has to restore something.
_WITH_CHECKPOINTS = {"checkpoints", "randomness"}
_RESTORES = re.compile(r"\brestor", re.IGNORECASE)


@dataclass(frozen=True)
class Stop:
    """A release on the way to NEW, and what changes from OLD to there."""

    release: str
    changes: "Changes"

    @property
    def breaks(self) -> int:
        """How many things break there."""
        return len(self.changes.of_kind(EntryKind.BREAKS))


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
    # The same of NNX models with bridged layers.
    models: tuple[ModelCrossing, ...] = ()
    # The releases between OLD and NEW, the oldest first, and NEW; none where that was not asked for.
    stops: tuple[Stop, ...] = ()
    # What fails on both sides and has no entry.
    still_failing: tuple[Entry, ...] = ()

    def of_kind(self, kind: EntryKind) -> tuple[Entry, ...]:
        """The entries of one kind, those first that come first on the way."""
        return tuple(entry for entry in self.entries if entry.kind is kind)

    def using(self, topics: Collection[str]) -> Self:
        """What concerns these topics; an entry of which nobody says what it concerns may concern any."""

        def concerns(one: Entry) -> bool:
            # Who goes back lacks whatever came since, of which nobody says what it concerns.
            return concern(one.topics, topics) and not (one.back and one.kind is EntryKind.LACKS and not one.topics)

        entries = tuple(filter(concerns, self.entries))
        ask = bool(_WITH_CHECKPOINTS & {*topics}) or any(_RESTORES.search(one.do or "") for one in entries)
        return replace(
            self,
            entries=entries,
            uses=tuple(topics),
            unused=(*self.unused, *(one for one in self.entries if not concerns(one))),
            # Who restores no checkpoints reads params by their paths all the same.
            checkpoints=tuple(way for way in self.checkpoints if ask or way.moves_params),
            models=self.models if ask else (),
            stops=tuple(replace(stop, changes=stop.changes.using(topics)) for stop in self.stops),
            still_failing=tuple(filter(concerns, self.still_failing)),
        )


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
    ways, models = _both_ways(checkpoints.over, old, new), _both_ways(model_checkpoints.over, old, new)
    still = tuple(_still_failing(found, entries, Between(old.environment.flax, new.environment.flax)))
    return Upgrade(entries, same, of, checkpoints=ways, models=models, still_failing=still, old=old, new=new)


def with_stops(found: Upgrade) -> Upgrade:
    """The same with what changes up to each release on the way, as far as it can be compared with OLD."""
    between = Between(found.old.environment.flax, found.new.environment.flax)
    if found.doubts or between.back:
        return found
    on_the_way = [(one, upgrade(found.old, releases.report_of(one))) for one in between if one != between.new]
    stops = [Stop(release, changes) for release, changes in on_the_way if not changes.doubts]
    return replace(found, stops=(*stops, Stop(between.new, found))) if stops else found


def counted(found: Sequence[Comparison], entries: Sequence[Entry]) -> tuple[int, int]:
    """How many properties say the same on both sides, and how many there are."""
    changed = {name for entry in entries for name in entry.properties}
    asked = [one.id for one in found if one.old or one.new]
    return len([name for name in asked if name not in changed]), len(asked)


_Way = TypeVar("_Way")


def _both_ways(over: Callable[[str, str], _Way | None], old: Report, new: Report) -> tuple[_Way, ...]:
    """What became of checkpoints from OLD to NEW and back, of those directions that were tried."""
    names = (old.environment.flax, new.environment.flax)
    return tuple(way for way in (over(*names), over(*names[::-1])) if way)


def entries_of(found: Sequence[Comparison], old: Report, new: Report) -> Iterator[Entry]:
    """The comparisons of which there is something to say, grouped by finding, the gravest first."""
    between = Between(old.environment.flax, new.environment.flax)
    groups = _by_finding(part for one in found for part in _explained(one, between))
    both = _by_finding((finding, one) for one in found if (finding := _on_both(one, between)))
    failing = {name: failing for name, (_, failing) in both.items()}
    entries = [_entry(finding, shown, between, failing.get(name, ())) for name, (finding, shown) in groups.items()]
    yield from sorted(entries, key=_order)


def _lacking(one: Comparison) -> str | None:
    """The reason for which NEW does not support a property that OLD supports."""
    unsupported = one.new is not None and one.new.outcome is Outcome.UNSUPPORTED
    return one.reason if unsupported and _kind(one) is EntryKind.BREAKS else None


_Groups = dict[str, tuple[Finding | None, list[Comparison]]]


def _by_finding(parts: Iterable[tuple[Finding | None, Comparison]]) -> _Groups:
    """By the name of each finding what it explains; what none does by what NEW lacks, else by its own name."""
    groups: _Groups = {}
    for finding, one in parts:
        name = finding.name if finding else _lacking(one) or one.id
        groups.setdefault(name, (finding, []))[1].append(one)
    return groups


def _order(entry: Entry) -> tuple[int, int, int, str]:
    """The gravest first, then what comes first on the way, then what most properties show."""
    way = [*entry.between.from_new][::-1] if entry.between else []
    comes = way.index(entry.since[0]) if entry.since and entry.since[0] in way else len(way)
    return (list(EntryKind).index(entry.kind), comes, -len(entry.shown_by), entry.name)


def _entry(
    finding: Finding | None, shown: Iterable[Comparison], between: Between, on_both: Sequence[Comparison]
) -> Entry:
    """A finding is one entry, of the gravest kind; fixed is what fails in no case any more."""
    by_kind = [(kind, one) for one in shown if (kind := _kind(one))]
    ordered = sorted(by_kind, key=lambda one: list(EntryKind).index(one[0]))
    gravest = ordered[0][0]
    kind = EntryKind.PARTLY_FIXED if gravest is EntryKind.WORKS_NOW and on_both else gravest
    if finding is None and _lacking(ordered[0][1]):
        kind = EntryKind.LACKS
    entry = Entry(kind, finding, tuple(one for _, one in ordered), between, tuple(on_both))
    more = kind is EntryKind.BREAKS and finding is not None and _failed(finding, entry)
    return replace(entry, kind=EntryKind.MORE_CASES) if more else entry


def _failed(finding: Finding, entry: Entry) -> bool:
    """Whether any case failed on OLD because of the finding."""
    old = entry.between.old if entry.between else ""
    return any(finding_behind(one.old, old) is finding for one in (*entry.on_both, *entry.shown_by))


def _on_both(one: Comparison, between: Between) -> Finding | None:
    """The finding because of which a property fails on both sides."""
    finding = finding_behind(one.new, between.new)
    return finding if finding and finding is finding_behind(one.old, between.old) else None


def _still_failing(found: Iterable[Comparison], entries: Iterable[Entry], between: Between) -> Iterator[Entry]:
    """What fails on both sides, grouped by finding, but for what has an entry."""
    shown = {entry.name for entry in entries}
    still = (one for one in found if one.verdict is Verdict.STILL_FAILING)
    groups = _by_finding((finding_behind(one.new, between.new), one) for one in still)
    for name, (finding, properties) in groups.items():
        if name not in shown:
            yield Entry(EntryKind.STILL_FAILS, finding, tuple(properties), between)


def _explained(one: Comparison, between: Between) -> Iterator[tuple[Finding | None, Comparison]]:
    """Because of what a property changes, each with that part of it; nothing where it says the same."""
    kind = _kind(one)
    if kind is None:
        return
    side, release = (one.old, between.old) if kind is EntryKind.WORKS_NOW else (one.new, between.new)
    failing = finding_behind(side, release)
    if failing:
        yield failing, one
        return
    changing = {change.name: change for release in between for change in findings_of_change(one.id, release)}
    if one.changes:
        yield from _by_observation(one, changing.values())
    # A change explains no failure: a finding says how it fails, or nothing does.
    elif changing and not (one.new and one.new.failure):
        yield from ((change, one) for change in changing.values())
    else:
        yield None, one


def _by_observation(one: Comparison, changing: Iterable[Finding]) -> Iterator[tuple[Finding | None, Comparison]]:
    """Each finding with the recorded values that it explains, then those that nothing explains."""
    explained: set[str] = set()
    for finding in changing:
        if own := tuple(change for change in one.changes if finding.explains(one.id, change.name)):
            yield finding, one.only(own)
            explained |= {change.name for change in own}
    if rest := tuple(change for change in one.changes if change.name not in explained):
        yield None, one.only(rest)


def _kind(one: Comparison) -> EntryKind | None:
    if one.raises:
        return EntryKind.BREAKS
    if one.verdict is Verdict.NEW and one.effect is Effect.UNCLEAR:
        return EntryKind.UNCLEAR
    if one.verdict is Verdict.NEW and one.new and one.new.failure:
        return EntryKind.NEW
    return _KINDS.get(one.verdict)
