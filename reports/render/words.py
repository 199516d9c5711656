"""The words and the order in which every writer shows what changes."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from properties.findings import version
from properties.support.topics import TOPICS, concern
from reports import releases
from reports.answer import Changes, Entry, EntryKind, Stop, Upgrade
from reports.between import Between
from reports.compare import ObservedChange
from reports.program import program
from reports.releases.checkpoints import Crossing
from reports.releases.model_checkpoints import ModelCrossing
from reports.releases.rows import rows
from reports.render.cases import names_of
from reports.render.text import from_to, named, shortened, value
from reports.vocabulary import several

# By kind: what the head counts (one, several), the title of the section and what it means.
COUNTED: Mapping[EntryKind, tuple[str, str]] = {
    EntryKind.BREAKS: ("breaks", "break"),
    EntryKind.MORE_CASES: ("breaks in more cases", "break in more cases"),
    EntryKind.UNCLEAR: ("cannot be told", "cannot be told"),
    EntryKind.DIFFERS: ("differs", "differ"),
    EntryKind.FAILS_DIFFERENTLY: ("fails differently", "fail differently"),
    EntryKind.NEW: ("is new and fails", "are new and fail"),
    EntryKind.LACKS: ("is missing", "are missing"),
    EntryKind.PARTLY_FIXED: ("is partly fixed", "are partly fixed"),
    EntryKind.WORKS_NOW: ("works now", "work now"),
}
MEANINGS: Mapping[EntryKind, str] = {
    EntryKind.BREAKS: "works on OLD, fails on NEW",
    EntryKind.MORE_CASES: "fails on OLD already, on NEW in further cases",
    EntryKind.UNCLEAR: "OLD did not run it and it fails on NEW, or a process died",
    EntryKind.DIFFERS: "another result on NEW",
    EntryKind.FAILS_DIFFERENTLY: "fails on both, in another way",
    EntryKind.NEW: "not in OLD, fails on NEW",
    EntryKind.LACKS: "OLD has it, NEW does not",
    EntryKind.PARTLY_FIXED: "some cases still fail on NEW (keep your workaround)",
    EntryKind.WORKS_NOW: "fails on OLD, works on NEW (delete your workaround)",
    EntryKind.STILL_FAILS: "fails on both",
}
# For who goes back: a workaround may use what came later.
_MEANINGS_BACK = {EntryKind.WORKS_NOW: "fails on OLD, works on NEW (NEW may lack what your workaround uses)"}
# Shown in a line each, or folded: there is nothing to do about them now.
BRIEF = (
    EntryKind.WORKS_NOW,
    EntryKind.PARTLY_FIXED,
    EntryKind.NEW,
    EntryKind.LACKS,
    EntryKind.FAILS_DIFFERENTLY,
    EntryKind.UNCLEAR,
)
# What may concern code that works on OLD: with a workaround, or by what a fix asks for.
BRIEF_WITH_ADVICE = (EntryKind.FAILS_DIFFERENTLY, EntryKind.PARTLY_FIXED, EntryKind.WORKS_NOW)
_LONGEST_ERROR, _LONGEST_VALUE, _LONGEST_WORDS = 110, 60, 200


STILL_FAILING = "Still fails on both"
# What the checkpoints are of, and what was not tried.
CHECKPOINTS = (
    "Checkpoints of one bridged `nn.Dense` (Orbax, msgpack), restored on both neighbouring releases. "
    "Not tried: sharded arrays, optimizer state."
)


# What an answer is about.
SCOPE = "Only bridged layers are compared, not the rest of Flax."


def title(found: Upgrade) -> str:
    """``Flax 0.10.7 → 0.12.12``."""
    return f"Flax {found.old.environment.flax} → {found.new.environment.flax}"


def jax(found: Upgrade) -> str:
    """``run with jax 0.6.2 → 0.12.0.1``."""
    old, new = (report.environment.packages.get("jax") for report in (found.old, found.new))
    return f"run with jax {old}" if old == new else f"run with jax {old} → {new}"


def python(found: Upgrade) -> str:
    """``Flax 0.12.9 and later need Python 3.12.``, or nothing where OLD needs no older one."""
    known = {release: min(row.pythons, key=version) for release, row in rows().releases.items()}
    old, new = found.old.environment.flax, found.new.environment.flax
    if not {old, new} <= known.keys() or version(known[new]) <= version(known[old]):
        return ""
    first = next(release for release in releases.between(old, new) if known[release] == known[new])
    return f"Flax {first} and later need Python {known[new]}."


def counts(found: Changes) -> str:
    """``9 break, 12 differ.``, or ``In what you use (sharding): 5 break. Outside of it 2 break (ToLinen 2).``"""
    said = kinds(found.entries)
    if not found.uses:
        return f"{said.capitalize()}."
    graver = [entry for entry in found.unused if entry.kind in _GRAVE]
    topics = ", ".join(f"{topic} {number}" for topic, number in _topics(graver).items())
    outside = f" Outside of it {kinds(graver)} ({topics})." if graver else ""
    return f"In what you use ({', '.join(found.uses)}): {said}.{outside}"


# What a user who did not name a topic would want to know of it.
_GRAVE = (EntryKind.BREAKS, EntryKind.LACKS, EntryKind.MORE_CASES, EntryKind.DIFFERS)


def changed(found: Changes) -> str:
    """``114 of 1022 properties changed, over all topics.``"""
    return f"{found.of - found.same} of {found.of} properties changed{', over all topics' if found.uses else ''}."


def kinds(entries: Iterable[Entry]) -> str:
    """``9 break, 12 differ, 6 fail differently, 21 work now``."""
    numbers = Counter(entry.kind for entry in entries)
    shown = {kind: words for kind, words in COUNTED.items() if numbers[kind]}
    said = (f"{numbers[kind]} {one if numbers[kind] == 1 else many}" for kind, (one, many) in shown.items())
    return ", ".join(said) or "nothing changes"


def your_code(found: Upgrade) -> str:
    """How to find what it concerns in one's own source."""
    return (
        f"Where in your code: {program()} upgrade {found.old.environment.flax} {found.new.environment.flax} --code PATH"
    )


def stops(found: Changes) -> str:
    """Where to stop on the way, in a line; nothing where NEW breaks nothing, or nothing lies between."""
    if not found.stops or not found.stops[-1].breaks:
        return ""
    whole = [stop for stop in found.stops if not stop.breaks]
    if not whole:
        fewest = min(stop.breaks for stop in found.stops)
        row = next(row for number, row in _rows(found.stops) if number == fewest)
        return f"Every release on the way breaks something; fewest on {row} ({fewest})."
    breaking = found.stops[found.stops.index(whole[-1]) + 1 :]
    numbers = ", ".join(f"{row}: {number}" for number, row in _rows(breaking))
    notes = "; ".join(_at(whole[-1]))
    return (
        f"Last release without a break: {whole[-1].release}{f' ({notes})' if notes else ''}. "
        f"Breaks in an upgrade to {numbers}."
    )


def _at(stop: Stop) -> Iterator[str]:
    """What else changes there, and what breaks of other topics."""
    graver = [entry for entry in stop.changes.entries if entry.kind in _AT_A_STOP]
    if graver:
        yield kinds(graver)
    if outside := sum(entry.kind is EntryKind.BREAKS for entry in stop.changes.unused):
        yield f"{outside} {COUNTED[EntryKind.BREAKS][outside != 1]} outside of what you use"


_AT_A_STOP = (EntryKind.MORE_CASES, EntryKind.UNCLEAR, EntryKind.DIFFERS, EntryKind.FAILS_DIFFERENTLY, EntryKind.NEW)


def _rows(stops: Iterable[Stop]) -> Iterator[tuple[int, str]]:
    """``3, "0.12.0 to 0.12.2"``: how many things break on the releases of a row."""
    for number, alike in groupby(stops, lambda stop: stop.breaks):
        yield number, from_to([stop.release for stop in alike])


def unused(found: Changes) -> str:
    """What concerns other topics than those asked for, in a line; nothing where nothing does."""
    return f"Outside of what you use: {kinds(found.unused)}." if found.unused else ""


def back(found: Upgrade) -> str:
    """How to read an answer for who goes back; nothing where NEW is the newer one."""
    if not Between(found.old.environment.flax, found.new.environment.flax).back:
        return ""
    return "You go back: a title with an arrow says what an upgrade does. You get the opposite."


def on_the_way(found: Changes) -> str:
    """What breaks on a release on the way and not on NEW; nothing where nothing does."""
    names = {entry.name for entry in (*found.entries, *found.still_failing)}
    gone: dict[str, list[str]] = {}
    for stop in found.stops:
        for entry in stop.changes.of_kind(EntryKind.BREAKS):
            if entry.name not in names:
                gone.setdefault(entry.title, []).append(stop.release)
    said = (f"{from_to(met)}: {title}" for title, met in gone.items())
    return f"Only if you stop on {'; '.join(said)}." if gone else ""


def topics(found: Changes) -> dict[str, int]:
    """How many entries concern each topic."""
    return _topics(found.entries)


def _topics(entries: Collection[Entry]) -> dict[str, int]:
    numbers = {
        topic: sum(topic in entry.topics and concern(entry.topics, [topic]) for entry in entries) for topic in TOPICS
    }
    return {topic: number for topic, number in numbers.items() if number}


def checkpoints(ways: Sequence[Crossing]) -> Iterator[tuple[str, list[str]]]:
    """What became of the checkpoints in each direction, a sentence with its details; one where both say the same."""
    if len(ways) == 2 and _is_back(*ways):
        there = ways[0]
        yield f"{there.saved_by} ↔ {there.restored_by}: {there.result}", [*there.paths("↔")]
        return
    for way in ways:
        yield f"{way.saved_by} → {way.restored_by}: {way.result}", way.details


def models(ways: Sequence[ModelCrossing]) -> str:
    """What became of the checkpoints of NNX models, there and back, in a line; nothing where none was tried."""
    if not ways:
        return ""
    if len(ways) == 2 and _restored(ways[0], "") == _restored(ways[1], ""):
        return f"The suite's NNX models, in both directions: {_restored(ways[0], _moved(ways))}"
    there, *back = (_restored(way, _moved([way])) for way in ways)
    return "; from NEW to OLD ".join([f"The suite's NNX models: {there}", *back])


def _moved(ways: Sequence[ModelCrossing]) -> str:
    """What becomes of the paths of the models."""
    paths = [new for way in ways for fate in way.models.values() for new in fate.renamed.values()]
    return f" (paths renamed{' or removed' if None in paths else ''})" if paths else ""


def _restored(way: ModelCrossing, moved: str) -> str:
    """``4 of 6 restored (not One); random numbers differ in Two (0.10.7 to 0.11.0)``, of those that were saved."""
    saved = {name: fate for name, fate in way.models.items() if not fate.not_saved}
    lost = [name for name, fate in saved.items() if not fate.is_restored]
    drawn = [name for name, fate in saved.items() if fate.is_drawn]
    said = f"{len(saved) - len(lost)} of {len(saved)} restored"
    said += (f" (not {_where(lost, way)})" if lost else "") + moved
    return said + (f"; random numbers differ in {_where(drawn, way)}" if drawn else "")


def _where(names: Sequence[str], way: ModelCrossing) -> str:
    """The models, each with the releases between which it changes."""
    told = {name: f"{name} ({older} to {newer})" for name, (older, newer) in way.first_between.items()}
    return named([told.get(name, name) for name in names])


def _is_back(there: Crossing, back: Crossing) -> bool:
    return (
        {new: old for old, new in there.renamed.items()} == back.renamed
        and there.bitwise == back.bitwise
        and not there.problems
        and not back.problems
    )


def heading(kind: EntryKind, back: bool = False) -> str:
    """``Breaks: works on OLD, fails on NEW``; ``back``: whether one goes back."""
    meaning = _MEANINGS_BACK.get(kind, MEANINGS[kind]) if back else MEANINGS[kind]
    return f"{kind.value.capitalize()}: {meaning}"


_CHANGED = {EntryKind.DIFFERS: "changed in", EntryKind.FAILS_DIFFERENTLY: "changed in"}
_SINCE = {**_CHANGED, EntryKind.PARTLY_FIXED: "in part fixed in", EntryKind.WORKS_NOW: "fixed in"}
_BACK = {**_CHANGED, EntryKind.PARTLY_FIXED: "fails in more cases since", EntryKind.WORKS_NOW: "fails since"}


def since(entry: Entry) -> str:
    """``since 0.12.0``, ``fails before 0.12.0`` where one goes back, or nothing where it is not known."""
    came = _BACK.get(entry.kind, "fails before") if entry.back else _SINCE.get(entry.kind, "since")
    return f"{came} {', '.join(entry.since)}" if entry.since else ""


def advice(entry: Entry) -> str:
    """What to do; nothing where nobody says."""
    return f"Do: {entry.do}" if entry.do else ""


def workaround(entry: Entry) -> str:
    """What to delete; nothing where nobody says."""
    return f"Workaround: {entry.workaround}" if entry.workaround else ""


def shown_by(entry: Entry) -> str:
    """``3 properties``, or ``1 property``."""
    return several(len(entry.shown_by), "property", "properties")


def notice(entry: Entry) -> str:
    """What a user notices and the title does not say: the first of its symptoms."""
    said_by_title = "→" in entry.title and not entry.raised and not entry.back
    return "" if said_by_title else next(iter(entry.symptoms), "")


def error(entry: Entry) -> str:
    """What NEW raises, where no finding says what happens."""
    return shortened(entry.error, _LONGEST_ERROR) if entry.error and not entry.finding else ""


def cases(entry: Entry) -> str:
    """Which cases are new, or still fail, where a finding covers both sides; else nothing."""
    if names := case_names(entry):
        return f"{'Still fails' if entry.kind is EntryKind.PARTLY_FIXED else 'New cases'}: {named(names)}"
    return ""


def case_names(entry: Entry) -> list[str]:
    """What the cases are called, each once."""
    return names_of(entry.cases)


def is_brief(entry: Entry) -> bool:
    """Whether its title says all: there is nothing to do about it now, or only what NEW lacks to be named."""
    return bool(entry.lacks) or (entry.kind in BRIEF and entry.finding is not None)


def values(entry: Entry) -> list[str]:
    """The recorded values that differ, where no finding says in words what does."""
    return [] if entry.finding else [change_in_a_line(change) for change in entry.changes]


def sentences(entry: Entry) -> list[str]:
    """What else there is to say: the reason, what a replay or an attribution adds, why it is accepted."""
    said = [entry.reason] if entry.reason and (entry.back or "→" not in entry.title) else []
    return [*said, *entry.notes, *(f"accepted: {reason}" for reason in entry.accepted)]


def in_lines(entry: Entry) -> list[str]:
    """All of an entry but its program, a line each."""
    told = [entry.title, *filter(None, [notice(entry), cases(entry), advice(entry)])]
    told += (entry.diff or "").splitlines()
    told += values(entry)
    told += filter(None, [error(entry)])
    told += sentences(entry)
    told += [f"Falsifying example: {entry.example}"] if entry.example else []
    told += [f"Again: {entry.again}"] if entry.again else []
    return [*told, f"Shown by: {', '.join(entry.properties)}"]


def change_in_a_line(change: ObservedChange, *, whole: bool = False) -> str:
    """An observed value before and after; of two long lists of words those that differ, as many as fit or the whole."""
    old, new = (change.old.split(), change.new.split()) if _are_long(change) else ([], [])
    if not set(old) & set(new):
        return f"{change.name}: {value(change.old, _LONGEST_VALUE)} → {value(change.new, _LONGEST_VALUE)}"
    sides = [" ".join(word for word in these if word not in those) for these, those in ((old, new), (new, old))]
    longest = max(map(len, (change.old, change.new))) * 2 if whole else _LONGEST_WORDS
    if not any(sides):
        return f"{change.name}, in another order: {value(change.new, longest)}"
    removed, added = (value(side or None, longest) for side in sides)
    return f"{change.name}, what differs: {removed} → {added}"


def _are_long(change: ObservedChange) -> bool:
    """Whether both are texts, of which one is too long for a line."""
    texts = [side for side in (change.old, change.new) if isinstance(side, str)]
    return len(texts) == 2 and max(map(len, texts)) > _LONGEST_VALUE
