"""An upgrade for machines."""

from typing import Any

import msgspec

from reports.answer import Entry, Kind, Upgrade
from reports.model import Environment, Record
from reports.releases.checkpoints import Crossing
from reports.render import words

SCHEMA = 1


class Value(Record, frozen=True):
    """An observed value on both sides; null where there is none."""

    name: str
    old: Any
    new: Any


class Item(Record, frozen=True):
    """One thing that changes."""

    kind: str
    # The name of the finding; null where no finding explains it.
    finding: str | None
    title: str
    topics: list[str]
    symbols: list[str]
    symptom: str | None
    do: str | None
    diff: str | None
    error: str | None
    # Releases of Flax between the two with which it came.
    since: list[str]
    # What changed in the source, with a link.
    causes: list[dict[str, str]]
    values: list[Value]
    # A program that raises where it fails.
    witness: str | None
    # Ids of properties.
    shown_by: list[str]


class Answer(Record, frozen=True):
    """The whole answer."""

    schema: int
    old: Environment
    new: Environment
    doubts: list[str]
    uses: list[str]
    # How many of each kind; what works now is one of them.
    counts: dict[str, int]
    same: int
    properties: int
    topics: dict[str, int]
    # From OLD to NEW and back, where releases were tried.
    checkpoints: list[Crossing]
    entries: list[Item]


def as_json(found: Upgrade) -> str:
    """The answer, indented."""
    content = Answer(
        SCHEMA,
        found.old.environment,
        found.new.environment,
        list(found.doubts),
        list(found.uses),
        {kind.value: len(found.of_kind(kind)) for kind in Kind},
        found.same,
        found.of,
        words.topics(found),
        list(found.checkpoints),
        [_item(entry) for entry in found.entries],
    )
    return msgspec.json.format(msgspec.json.encode(content), indent=1).decode() + "\n"


def _item(entry: Entry) -> Item:
    finding = entry.finding
    return Item(
        entry.kind.value,
        finding.name if finding else None,
        entry.title,
        list(entry.topics),
        list(finding.symbols) if finding else [],
        finding.symptom if finding else None,
        entry.do,
        entry.diff,
        entry.error,
        list(entry.since),
        [{"release": one.release, "what": one.what, "link": one.link} for one in entry.causes],
        [Value(one.name, one.old, one.new) for one in entry.changes],
        finding.witness.strip() or None if finding else None,
        list(entry.properties),
    )
