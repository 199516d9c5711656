"""All that the page shows, each thing once: its script looks things up and never judges.

Of 24 releases there are 552 pairs. `reports.answer.upgrade` answers each of
them, and what several answers share is a number into a list.
"""

import difflib
import re
from collections.abc import Hashable, Iterable
from functools import cache
from typing import Generic, TypeVar

import msgspec

from properties.findings import Cause, Finding, finding_of, findings_of_change
from properties.support.topics import MODULES, TOPICS, WORDS
from reports.answer import Entry, upgrade
from reports.compare import ObservedChange
from reports.diffs import diff_of
from reports.model import Property, headed
from reports.render import words
from reports.render.matrix.matrix import Matrix, MatrixRow
from reports.render.text import literal, shortened, value
from reports.vocabulary import FAILURES

_LONGEST = 1000
NONE = -1


class SiteRelease(msgspec.Struct, frozen=True):
    """One run."""

    label: str
    jax: str
    python: str
    date: str


class Section(msgspec.Struct, frozen=True):
    """The entries of one kind: their name, how the head counts one and several, and what they mean."""

    kind: str
    one: str
    several: str
    meaning: str
    folded: bool


class SiteSubject(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an entry is about: a finding, or a property that no finding explains."""

    title: str
    # None of a property.
    name: str | None = None
    symptom: str | None = None
    topics: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    witness: str | None = None
    # The number of what a user does about it where it fails.
    remedy: int = NONE


class Remedy(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a user does: in words, and as lines of a diff."""

    do: str | None = None
    diff: str | None = None


class SiteValue(msgspec.Struct, frozen=True):
    """An observation that differs: its two values as pieces, each kept (=), taken away (-) or added (+)."""

    name: str
    pieces: tuple[tuple[str, str], ...]


class SiteItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entry of one or more answers; numbers are places in the lists of `Site`."""

    kind: int
    subject: int
    shown_by: tuple[int, ...]
    # The releases of Flax that brought it, in words.
    since: str = ""
    remedy: int = NONE
    # What a user notices, in few words.
    notice: str = ""
    # Which cases are new or still fail, or which workaround is not needed any more, in words.
    cases: str = ""
    error: str | None = None
    values: tuple[int, ...] = ()
    causes: tuple[int, ...] = ()


class Checkpoints(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of the checkpoints in a direction, or in both, with the paths that are others."""

    said: str
    details: tuple[str, ...] = ()


class PageAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an upgrade brings."""

    same: int
    of: int
    items: tuple[int, ...] = ()
    checkpoints: tuple[Checkpoints, ...] = ()
    # Whether a param has another path, which concerns everybody.
    moves_params: bool = False
    # The number of what became of the checkpoints of NNX models.
    models: int = NONE
    # Of the Python that NEW needs.
    python: str = ""
    # Numbers of subjects that fail on both sides and have no item.
    still_failing: tuple[int, ...] = ()
    # Why the two runs cannot be compared.
    doubts: tuple[str, ...] = ()


class SiteState(msgspec.Struct, frozen=True, omit_defaults=True):
    """One way in which a property behaves."""

    outcome: str
    reason: str | None = None
    failure: str | None = None
    # Name -> value, as JSON.
    observations: dict[str, str] = {}


class Behaviour(msgspec.Struct, frozen=True, omit_defaults=True):
    """A property on every release."""

    id: str
    # The sentence of the contract.
    statement: str
    # Over the releases, in words.
    history: str
    # By release the number of its state, or -1 where it was not run.
    at: tuple[int, ...]
    # The releases of Flax with which it changes.
    turns: tuple[str, ...] = ()
    feature: str | None = None
    advice: str | None = None
    # Numbers of subjects.
    findings: tuple[int, ...] = ()
    # Of its newest failure, where the report has them.
    example: str | None = None
    reproducer: str | None = None


class Site(msgspec.Struct, frozen=True):
    """The whole content."""

    # What every answer is about.
    scope: str
    # The oldest first.
    releases: tuple[SiteRelease, ...]
    # The pair that is shown where none is named.
    first: tuple[str, str]
    sections: tuple[Section, ...]
    topics: dict[str, str]
    # Other words for them.
    words: dict[str, str]
    # Topics that are modules of their own: who does not name one has none.
    modules: tuple[str, ...]
    # What the checkpoints are of.
    checkpoints: str
    # What became of those of NNX models.
    models: list[str]
    subjects: list[SiteSubject]
    remedies: list[Remedy]
    causes: list[Cause]
    values: list[SiteValue]
    states: list[SiteState]
    items: list[SiteItem]
    answers: list[PageAnswer]
    # [OLD][NEW]: the number of an answer, or -1 for a release and itself.
    pairs: list[list[int]]
    properties: list[Behaviour]


_T = TypeVar("_T", bound=Hashable)


class _Once(Generic[_T]):
    """A list in which each thing stands once."""

    def __init__(self) -> None:
        self._places: dict[_T, int] = {}

    def place(self, one: _T) -> int:
        return self._places.setdefault(one, len(self._places))

    @property
    def all(self) -> list[_T]:
        return list(self._places)


def site(found: Matrix) -> Site:
    """What the page shows of at least one report."""
    return _Collected(found).site()


class _Collected:
    """The lists while they grow."""

    def __init__(self, found: Matrix) -> None:
        self.matrix = found
        self.numbers = {row.id: number for number, row in enumerate(found.rows)}
        self.models = _Once[str]()
        self.subjects = _Once[SiteSubject]()
        self.remedies = _Once[Remedy]()
        self.causes = _Once[Cause]()
        self.values = _Once[SiteValue]()
        # As they are written: the observations of a state are a dict.
        self.states = _Once[bytes]()
        self.items = _Once[SiteItem]()
        self.answers = _Once[PageAnswer]()

    def site(self) -> Site:
        releases = self.matrix.releases
        every = range(len(releases))
        pairs = [[NONE if old == new else self._answer(old, new) for new in every] for old in every]
        properties = [self._behaviour(row) for row in self.matrix.rows]
        return Site(
            words.SCOPE,
            tuple(SiteRelease(one.label, one.jax, one.python, one.report.started[:10]) for one in releases),
            first_pair(self.matrix),
            tuple(
                Section(kind, *words.COUNTED[kind], words.MEANINGS[kind], kind in words.BRIEF) for kind in words.COUNTED
            ),
            TOPICS,
            WORDS,
            MODULES,
            words.CHECKPOINTS,
            self.models.all,
            self.subjects.all,
            self.remedies.all,
            self.causes.all,
            self.values.all,
            [msgspec.json.decode(state, type=SiteState) for state in self.states.all],
            self.items.all,
            self.answers.all,
            pairs,
            properties,
        )

    def _answer(self, old: int, new: int) -> int:
        found = upgrade(self.matrix.releases[old].report, self.matrix.releases[new].report)
        items = tuple(self._item(entry) for entry in found.entries)
        crossed = tuple(Checkpoints(said, tuple(details)) for said, details in words.checkpoints(found.checkpoints))
        return self.answers.place(
            PageAnswer(
                found.same,
                found.of,
                items,
                crossed,
                any(way.moves_params for way in found.checkpoints),
                self.models.place(words.models(found.models)) if found.models else NONE,
                words.python(found),
                tuple(map(self._subject_of, found.still_failing)),
                found.doubts,
            )
        )

    def _subject_of(self, entry: Entry) -> int:
        return self._subject(entry.finding) if entry.finding else self.subjects.place(SiteSubject(entry.title))

    def _item(self, entry: Entry) -> int:
        return self.items.place(
            SiteItem(
                list(words.COUNTED).index(entry.kind),
                self._subject_of(entry),
                tuple(self.numbers[name] for name in entry.properties),
                words.since(entry),
                self.remedies.place(Remedy(entry.do, entry.diff)) if entry.do else NONE,
                words.notice(entry),
                words.cases(entry) or words.workaround(entry),
                shortened(entry.error, _LONGEST) if entry.error else None,
                tuple(self.values.place(_value(change)) for change in entry.changes),
                tuple(map(self.causes.place, entry.causes)),
            )
        )

    def _subject(self, finding: Finding) -> int:
        return self.subjects.place(
            SiteSubject(
                finding.title,
                finding.name,
                finding.symptom,
                finding.topics,
                finding.symbols,
                finding.witness.strip() or None,
                self.remedies.place(Remedy(finding.do, diff_of(finding) or None)),
            )
        )

    def _behaviour(self, row: MatrixRow) -> Behaviour:
        at = tuple(self.states.place(msgspec.json.encode(_state(cell))) if cell else NONE for cell in row.cells)
        failed = next((cell.failure for cell in reversed(row.cells) if cell and cell.failure), None)
        return Behaviour(
            row.id,
            headed(row.statement, row.feature),
            row.history,
            at,
            row.turns,
            row.feature,
            row.advice,
            tuple(self._subject(one) for one in explaining(row)),
            failed.falsifying_example if failed else None,
            failed.reproducer if failed else None,
        )


def first_pair(found: Matrix) -> tuple[str, str]:
    """The last release of the minor release before the newest one, and the newest; the oldest where there is none."""
    *_, newest = found.minors
    before = [label for label, minor in zip(found.labels, found.minors, strict=True) if minor != newest]
    return (before[-1] if before else found.labels[0]), found.labels[-1]


def explaining(row: MatrixRow) -> list[Finding]:
    """The findings because of which a property fails, or changes from one release to the next."""
    failing = [
        finding_of(row.id, flax)
        for flax, cell in zip(row.flax, row.cells, strict=True)
        if cell and cell.outcome in FAILURES
    ]
    changing = [one for flax in row.turns for one in findings_of_change(row.id, flax)]
    return list({one.name: one for one in (*failing, *changing) if one}.values())


def _state(cell: Property) -> SiteState:
    failure = shortened(f"{cell.failure.exception}: {cell.failure.message}", _LONGEST) if cell.failure else None
    observations = {name: shortened(literal(found), _LONGEST) for name, found in sorted(cell.observations.items())}
    return SiteState(cell.outcome, cell.reason, failure, observations)


def _value(change: ObservedChange) -> SiteValue:
    return SiteValue(change.name, _pieces(value(change.old, _LONGEST), value(change.new, _LONGEST)))


# Many properties show the same change, and the same one between many pairs of releases.
@cache
def _pieces(old: str, new: str) -> tuple[tuple[str, str], ...]:
    """A diff of two texts by words, in which numbers, paths and names stay whole."""
    return tuple(_compared(old, new))


def _compared(old: str, new: str) -> Iterable[tuple[str, str]]:
    before, after = (re.findall(r"[\w./:-]+|[^\w./:-]", text) for text in (old, new))
    for what, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            yield "=", "".join(before[i:j])
            continue
        if i < j:
            yield "-", "".join(before[i:j])
        if k < m:
            yield "+", "".join(after[k:m])
