"""An upgrade for machines."""

from collections.abc import Iterable
from typing import Any

from reports.answer import Changes, Entry, EntryKind, Upgrade
from reports.model import Environment, Record
from reports.releases.checkpoints import Crossing
from reports.releases.model_checkpoints import ModelCrossing
from reports.render import words
from reports.render.encoding import json_text

SCHEMA = 1


class ObservedValue(Record, frozen=True):
    """An observed value on both sides; null where there is none."""

    name: str
    old: Any
    new: Any


class UpgradeItem(Record, frozen=True):
    """One thing that changes."""

    kind: str
    # The name of the finding; null where no finding explains it.
    finding: str | None
    title: str
    topics: list[str]
    symbols: list[str]
    symptom: str | None
    # Where the finding covers both sides: which cases are new, or of what is partly fixed, which still fail.
    cases: list[str]
    do: str | None
    diff: str | None
    # Of what works now: what OLD needs and NEW does not.
    workaround: str | None
    error: str | None
    # Releases of Flax between the two with which it came; where one goes back, the one that ended it.
    since: list[str]
    # What changed in the source, with a link.
    causes: list[dict[str, str]]
    values: list[ObservedValue]
    # A program that raises where it fails.
    witness: str | None
    # Why it is unsupported, what a replay or an attribution adds, why it is accepted.
    said: list[str]
    # Of a failure that no finding explains: the falsifying example, and the command that shows it again.
    example: str | None
    again: str | None
    # Ids of properties.
    shown_by: list[str]


class StopCounts(Record, frozen=True):
    """A release on the way, and how many of each kind an upgrade to there brings."""

    release: str
    counts: dict[str, int]


class UpgradeAnswer(Record, frozen=True):
    """The whole answer."""

    schema: int
    old: Environment
    new: Environment
    doubts: list[str]
    uses: list[str]
    # How many entries of each kind.
    counts: dict[str, int]
    same: int
    properties: int
    topics: dict[str, int]
    # The releases between OLD and NEW, and NEW.
    stops: list[StopCounts]
    # Of the Python that NEW needs, where it is a newer one.
    python: str | None
    # From OLD to NEW and back, where releases were tried.
    checkpoints: list[Crossing]
    # The same of NNX models with bridged layers.
    models: list[ModelCrossing]
    entries: list[UpgradeItem]
    # What fails on both sides and has no entry.
    still_failing: list[UpgradeItem]
    # The findings that concern none of the topics that were asked for, by kind.
    outside: dict[str, list[str]]


def as_json(found: Upgrade) -> str:
    """The answer, indented."""
    content = UpgradeAnswer(
        SCHEMA,
        found.old.environment,
        found.new.environment,
        list(found.doubts),
        list(found.uses),
        counts(found),
        found.same,
        found.of,
        words.topics(found),
        [StopCounts(stop.release, counts(stop.changes)) for stop in found.stops],
        words.python(found) or None,
        list(found.checkpoints),
        list(found.models),
        [item(entry) for entry in found.entries],
        [item(entry) for entry in found.still_failing],
        {kind.value: names for kind in words.COUNTED if (names := _names(found.unused, kind))},
    )
    return json_text(content)


def _names(entries: Iterable[Entry], kind: EntryKind) -> list[str]:
    return [entry.name for entry in entries if entry.kind is kind]


def counts(found: Changes) -> dict[str, int]:
    """How many entries there are of each kind."""
    return {kind.value: len(found.of_kind(kind)) for kind in words.COUNTED}


def item(entry: Entry) -> UpgradeItem:
    """An entry with its texts."""
    finding = entry.finding
    return UpgradeItem(
        kind=entry.kind.value,
        finding=finding.name if finding else None,
        title=entry.title,
        topics=list(entry.topics),
        symbols=list(finding.symbols) if finding else [],
        symptom=entry.symptom,
        cases=words.case_names(entry),
        do=entry.do,
        diff=entry.diff,
        workaround=entry.workaround,
        error=entry.error,
        since=list(entry.since),
        causes=[{"release": one.release, "what": one.what, "link": one.link} for one in entry.causes],
        values=[ObservedValue(one.name, one.old, one.new) for one in entry.changes],
        witness=finding.witness.strip() or None if finding else None,
        said=words.sentences(entry),
        example=entry.example,
        again=entry.again,
        shown_by=list(entry.properties),
    )
