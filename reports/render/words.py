"""The words and the order in which every writer shows what changes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from properties.findings import TOPICS
from reports.answer import Changes, Entry, Kind, Upgrade
from reports.compare import ObservedChange
from reports.releases.checkpoints import Crossing
from reports.render.text import shortened, value
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
    Kind.NEW: "unsupported on OLD, fails on NEW: no code for OLD uses it",
    Kind.WORKS_NOW: "fails on OLD, works on NEW: delete your workaround",
}
# Counted only where there are some.
_SELDOM = (Kind.UNCLEAR, Kind.NEW)
# Shown in a line each, or folded: there is nothing to do about them now.
BRIEF = (Kind.WORKS_NOW, Kind.NEW, Kind.UNCLEAR)
_LONGEST_ERROR, _LONGEST_VALUE = 150, 60


# What the checkpoints are of.
CHECKPOINTS = "Checkpoints of an NNX model with a bridged `nn.Dense`, as Orbax and as msgpack"


def title(found: Upgrade) -> str:
    """``Flax 0.10.7 → 0.12.12``."""
    return f"Flax {found.old.environment.flax} → {found.new.environment.flax}"


def jax(found: Upgrade) -> str:
    """``jax 0.6.2 → 0.12.0.1``."""
    old, new = (report.environment.packages.get("jax") for report in (found.old, found.new))
    return f"jax {old}" if old == new else f"jax {old} → {new}"


def counts(found: Changes) -> str:
    """``9 break, 12 differ, 6 fail differently, 21 work now; 783 of 930 properties are the same``."""
    return f"{kinds(found.entries)}; {found.same} of {found.of} properties are the same"


def kinds(entries: Iterable[Entry]) -> str:
    """``9 break, 12 differ, 6 fail differently, 21 work now``."""
    numbers = Counter(entry.kind for entry in entries)
    shown = {kind: words for kind, words in COUNTED.items() if numbers[kind] or kind not in _SELDOM}
    return ", ".join(f"{numbers[kind]} {one if numbers[kind] == 1 else many}" for kind, (one, many) in shown.items())


def unused(found: Changes) -> str:
    """What concerns other topics than those asked for, in a line; nothing where nothing does."""
    return f"Not in what you use: {kinds(found.unused)}." if found.unused else ""


def topics(found: Changes) -> dict[str, int]:
    """How many entries concern each topic, but for what works now."""
    numbers = Counter(topic for entry in found.entries if entry.kind is not Kind.WORKS_NOW for topic in entry.topics)
    return {topic: numbers[topic] for topic in TOPICS if numbers[topic]}


def checkpoints(ways: Sequence[Crossing]) -> Iterator[tuple[str, list[str]]]:
    """What became of the checkpoints in each direction, a sentence with its details; one where both say the same."""
    if len(ways) == 2 and _is_back(*ways):
        there = ways[0]
        paths = [f"{old} ↔ {new}" for old, new in sorted(there.renamed.items())]
        yield f"{there.saved_by} ↔ {there.restored_by}: restored in both directions, {there.outputs}", paths
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


def since(entry: Entry) -> str:
    """``since 0.12.0``, or nothing where it is not known."""
    return f"since {' and '.join(entry.since)}" if entry.since else ""


def shown_by(entry: Entry) -> str:
    """``3 properties``, or ``1 property``."""
    return several(len(entry.shown_by), "property", "properties")


def sentences(entry: Entry) -> list[str]:
    """What else there is to say: the reason, what a replay or an attribution adds, why it is accepted."""
    said = [entry.reason] if entry.reason else []
    return [*said, *entry.notes, *(f"accepted: {reason}" for reason in entry.accepted)]


def in_lines(entry: Entry) -> list[str]:
    """All of an entry but its program, a line each."""
    told = [entry.title, *([f"Do: {entry.do}"] if entry.do else []), *(entry.diff or "").splitlines()]
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
    """An observed value before and after."""
    return f"{change.name}: {value(change.old, _LONGEST_VALUE)} → {value(change.new, _LONGEST_VALUE)}"
