"""The words and the order in which every writer shows what changes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from properties.findings import TOPICS, version
from reports import releases
from reports.answer import Changes, Entry, Kind, Stop, Upgrade
from reports.compare import ObservedChange
from reports.releases.checkpoints import Crossing
from reports.releases.rows import rows
from reports.render.text import from_to, shortened, value
from reports.vocabulary import several

# By kind: what the head counts (one, several), the title of the section and what it means.
COUNTED: Mapping[Kind, tuple[str, str]] = {
    Kind.BREAKS: ("breaks", "break"),
    Kind.UNCLEAR: ("cannot be told", "cannot be told"),
    Kind.DIFFERS: ("differs", "differ"),
    Kind.FAILS_DIFFERENTLY: ("fails differently", "fail differently"),
    Kind.NEW: ("is new and fails", "are new and fail"),
    Kind.WORKS_NOW: ("works now", "work now"),
}
MEANINGS: Mapping[Kind, str] = {
    Kind.BREAKS: "works on OLD, fails on NEW",
    Kind.UNCLEAR: "OLD did not run it and it fails on NEW, or a process died",
    Kind.DIFFERS: "works on both, with another result",
    Kind.FAILS_DIFFERENTLY: "fails on both, in another way",
    Kind.NEW: "unsupported on OLD, fails on NEW (no code for OLD uses it)",
    Kind.WORKS_NOW: "fails on OLD, works on NEW (delete your workaround)",
}
# Shown in a line each, or folded: there is nothing to do about them now.
BRIEF = (Kind.WORKS_NOW, Kind.NEW, Kind.UNCLEAR)
_LONGEST_ERROR, _LONGEST_VALUE, _LONGEST_WORDS = 150, 60, 200


# What the checkpoints are of, and what was not tried.
CHECKPOINTS = (
    "Checkpoints of one bridged `nn.Dense` (params, as Orbax and as msgpack). Each release reads those of its "
    "neighbours; over several releases this is composed. Not tried: sharded arrays, optimizer state"
)


def title(found: Upgrade) -> str:
    """``Flax 0.10.7 → 0.12.12``."""
    return f"Flax {found.old.environment.flax} → {found.new.environment.flax}"


def jax(found: Upgrade) -> str:
    """``jax 0.6.2 → 0.12.0.1``."""
    old, new = (report.environment.packages.get("jax") for report in (found.old, found.new))
    return f"jax {old}" if old == new else f"jax {old} → {new}"


def python(found: Upgrade) -> str:
    """``Flax 0.12.9 and later need Python 3.12.``, or nothing where OLD needs no older one."""
    known = {release: min(row.pythons, key=version) for release, row in rows().releases.items()}
    old, new = found.old.environment.flax, found.new.environment.flax
    if not {old, new} <= known.keys() or version(known[new]) <= version(known[old]):
        return ""
    first = next(release for release in releases.between(old, new) if known[release] == known[new])
    return f"Flax {first} and later need Python {known[new]}."


def counts(found: Changes) -> str:
    """``9 break, 12 differ. Properties that changed: 114 of 1022, over all topics.``"""
    said = kinds(found.entries)
    changed = f"Properties that changed: {found.of - found.same} of {found.of}"
    return f"In what you use: {said}. {changed}, over all topics." if found.uses else f"{said.capitalize()}. {changed}."


def kinds(entries: Iterable[Entry]) -> str:
    """``9 break, 12 differ, 6 fail differently, 21 work now``."""
    numbers = Counter(entry.kind for entry in entries)
    shown = {kind: words for kind, words in COUNTED.items() if numbers[kind]}
    said = (f"{numbers[kind]} {one if numbers[kind] == 1 else many}" for kind, (one, many) in shown.items())
    return ", ".join(said) or "nothing changes"


def stops(found: Changes) -> str:
    """Where to stop on the way, in a line; nothing where NEW breaks nothing, or nothing lies between."""
    if not found.stops or not found.stops[-1].breaks:
        return ""
    whole = [stop for stop in found.stops if not stop.breaks]
    breaking = found.stops[found.stops.index(whole[-1]) + 1 :] if whole else found.stops
    use = " in what you use" if found.uses else ""
    last = f"{whole[-1].release} ({kinds(_to_do(whole[-1].changes))})" if whole else "none on the way"
    return f"Last release without a break{use}: {last}. Breaks: {', '.join(_numbers(breaking))}."


def _to_do(found: Changes) -> list[Entry]:
    return [entry for entry in found.entries if entry.kind is not Kind.WORKS_NOW]


def _numbers(stops: Iterable[Stop]) -> Iterator[str]:
    """``0.12.0 to 0.12.2: 3``: how many things break on the releases of a row."""
    for number, alike in groupby(stops, lambda stop: stop.breaks):
        yield f"{from_to([stop.release for stop in alike])}: {number}"


def unused(found: Changes) -> str:
    """What concerns other topics than those asked for, in a line; nothing where nothing does."""
    return f"Not in what you use: {kinds(found.unused)}." if found.unused else ""


def topics(found: Changes) -> dict[str, int]:
    """How many entries concern each topic, but for what works now."""
    numbers = Counter(topic for entry in _to_do(found) for topic in entry.topics)
    return {topic: numbers[topic] for topic in TOPICS if numbers[topic]}


def checkpoints(ways: Sequence[Crossing]) -> Iterator[tuple[str, list[str]]]:
    """What became of the checkpoints in each direction, a sentence with its details; one where both say the same."""
    if len(ways) == 2 and _is_back(*ways):
        there = ways[0]
        said = f"{there.saved_by} ↔ {there.restored_by}: params restored in both directions, {there.outputs}"
        yield said, [*there.paths("↔")]
        return
    for way in ways:
        yield f"{way.saved_by} → {way.restored_by}: {way.result}", way.details


def _is_back(there: Crossing, back: Crossing) -> bool:
    return (
        {new: old for old, new in there.renamed.items()} == back.renamed
        and there.bitwise == back.bitwise
        and not there.problems
        and not back.problems
    )


def heading(kind: Kind) -> str:
    """``Breaks: works on OLD, fails on NEW``."""
    return f"{kind.value.capitalize()}: {MEANINGS[kind]}"


_SINCE = {Kind.DIFFERS: "changed in", Kind.FAILS_DIFFERENTLY: "changed in", Kind.WORKS_NOW: "fixed in"}
_BACK = {Kind.DIFFERS: "changed in", Kind.FAILS_DIFFERENTLY: "changed in", Kind.WORKS_NOW: "fails since"}


def since(entry: Entry) -> str:
    """``since 0.12.0``, ``fails before 0.12.0`` where one goes back, or nothing where it is not known."""
    came = _BACK.get(entry.kind, "fails before") if entry.back else _SINCE.get(entry.kind, "since")
    return f"{came} {', '.join(entry.since)}" if entry.since else ""


def advice(entry: Entry) -> str:
    """What to do; where one goes back, what one does who goes the other way."""
    if not entry.do:
        return ""
    written_for_upgrades = entry.back and entry.finding and not entry.finding.fails
    return f"Do{' (as for an upgrade)' if written_for_upgrades else ''}: {entry.do}"


def shown_by(entry: Entry) -> str:
    """``3 properties``, or ``1 property``."""
    return several(len(entry.shown_by), "property", "properties")


def sentences(entry: Entry) -> list[str]:
    """What else there is to say: the reason, what a replay or an attribution adds, why it is accepted."""
    said = [entry.reason] if entry.reason else []
    return [*said, *entry.notes, *(f"accepted: {reason}" for reason in entry.accepted)]


def in_lines(entry: Entry) -> list[str]:
    """All of an entry but its program, a line each."""
    told = [entry.title, *filter(None, [advice(entry)]), *(entry.diff or "").splitlines()]
    told += [change_in_a_line(change) for change in entry.changes]
    told += [error_in_a_line(entry.error)] if entry.error else []
    told += sentences(entry)
    told += [f"Falsifying example: {entry.example}"] if entry.example else []
    told += [f"Again: {entry.again}"] if entry.again else []
    return [*told, f"Shown by: {', '.join(entry.properties)}"]


def error_in_a_line(error: str) -> str:
    """As much of an exception as tells it from others."""
    return shortened(error, _LONGEST_ERROR)


def change_in_a_line(change: ObservedChange) -> str:
    """An observed value before and after; of two lists of words those that differ."""
    old, new = (change.old.split(), change.new.split()) if _are_texts(change) else ([], [])
    if not set(old) & set(new):
        return f"{change.name}: {value(change.old, _LONGEST_VALUE)} → {value(change.new, _LONGEST_VALUE)}"
    sides = [" ".join(word for word in these if word not in those) for these, those in ((old, new), (new, old))]
    if not any(sides):
        return f"{change.name}, in another order: {value(change.new, _LONGEST_WORDS)}"
    removed, added = (value(side or None, _LONGEST_WORDS) for side in sides)
    return f"{change.name}, what differs: {removed} → {added}"


def _are_texts(change: ObservedChange) -> bool:
    return isinstance(change.old, str) and isinstance(change.new, str)
