"""What changes as text, at most 80 columns wide but for programs."""

from collections.abc import Iterable, Iterator, Sequence

from reports.answer import Changes, Entry, EntryKind, Upgrade
from reports.program import program
from reports.render import words
from reports.render.text import command, wrapped
from reports.sanitize import visible

# Of what NEW lacks, so many are named.
_LACKS = 10


def as_text(found: Upgrade) -> str:
    """The whole answer; what works now in a line each."""
    head = [
        f"{words.title(found)} ({words.jax(found)})",
        words.SCOPE,
        *filter(None, [words.python(found), words.back(found)]),
    ]
    return written([*head, *lines(found), *([] if found.doubts else [words.your_code(found)])])


def summary(found: Upgrade) -> str:
    """A line for each finding that changes."""
    head = f"{words.title(found)} ({words.jax(found)})"
    if found.doubts:
        return written([head, *_doubts(found)])
    titles = (f"{entry.kind}: {entry.title} ({entry.name})" for entry in found.entries)
    told = (line for one in titles for line in wrapped(one, "  - ", "    "))
    return written([*wrapped(f"{head}: {words.counts(found)} {words.changed(found)}"), *told])


def written(found: Iterable[str]) -> str:
    """Lines as they are printed, in which nothing is invisible and nothing moves a terminal's cursor."""
    return "".join(f"{visible(line).rstrip()}\n" for line in found)


def lines(found: Changes) -> Iterator[str]:
    """The counts, and the entries of each kind."""
    if found.doubts:
        yield from _doubts(found)
        return
    yield from wrapped(words.counts(found))
    if not found.uses and (topics := words.topics(found)):
        asked = ", ".join(f"{topic} {number}" for topic, number in topics.items())
        yield from wrapped(f"Choose with --uses (findings of each topic): {asked}")
    yield from wrapped(words.stops(found))
    yield from wrapped(words.on_the_way(found))
    yield from _checkpoints(found)
    for kind in words.COUNTED:
        entries = found.of_kind(kind)
        if entries:
            yield from ("", words.heading(kind, any(entry.back for entry in entries)))
        if kind is EntryKind.LACKS:
            yield from _titles(entries)
            continue
        for entry in entries:
            yield from _brief(entry) if words.is_brief(entry) else whole(entry)
    if found.still_failing:
        yield from ("", f"{words.STILL_FAILING} ({len(found.still_failing)})", *_names(found.still_failing))
    yield ""
    if not found.uses:
        yield from wrapped(words.changed(found))
    if any(entry.finding for entry in found.entries):
        yield f"More on one: {program()} finding NAME"


def _checkpoints(found: Changes) -> Iterator[str]:
    if found.checkpoints or found.models:
        yield from ("", *wrapped(words.CHECKPOINTS))
    for said, details in words.checkpoints(found.checkpoints):
        yield from wrapped(said, "  - ", "    ")
        for line in details:
            yield from wrapped(line, "      ", "        ")
    yield from wrapped(words.models(found.models), "  - ", "    ")


def _doubts(found: Changes) -> Iterator[str]:
    yield "These runs cannot be compared:"
    for doubt in found.doubts:
        yield from wrapped(doubt, "  - ", "    ")


def _brief(entry: Entry) -> Iterator[str]:
    # There is a workaround to delete, and no matter since when.
    since = "" if entry.kind is EntryKind.WORKS_NOW else words.since(entry)
    said = ", ".join(filter(None, [since, "" if entry.lacks else entry.name]))
    yield from wrapped(f"{entry.title} ({said})" if said else entry.title, "  - ", "    ")
    # Which workaround it is, a reader asks by the name.
    for line in (words.cases(entry), words.advice(entry) if entry.kind in words.BRIEF_WITH_ADVICE else ""):
        yield from wrapped(line, "    ", "      ")


def _names(entries: Sequence[Entry]) -> Iterator[str]:
    """The names to ask for, in one paragraph."""
    yield from wrapped(", ".join(entry.name for entry in entries), "  ", "  ")


def _titles(entries: Sequence[Entry]) -> Iterator[str]:
    """A title each, of as many as a reader takes in; of the others the number."""
    for entry in entries[:_LACKS]:
        yield from wrapped(entry.title, "  - ", "    ")
    if (more := len(entries) - _LACKS) > 0:
        yield f"  and {more} more"


def whole(entry: Entry) -> Iterator[str]:
    """An entry with its advice, indented."""
    yield ""
    yield from wrapped(entry.title, "  * ", "    ")
    for line in filter(None, (words.notice(entry), words.cases(entry))):
        yield from wrapped(line, "    ")
    yield from wrapped(words.advice(entry), "    ", "        ")
    for line in (entry.diff or "").splitlines():
        yield f"        {line}"
    for line in words.values(entry):
        yield from wrapped(line, "    ", "        ")
    yield from wrapped(words.error(entry), "    ", "        ")
    for sentence in words.sentences(entry):
        yield from wrapped(sentence, "    ", "        ")
    if entry.example:
        yield from ("    Falsifying example:", *(f"      {line}" for line in entry.example.splitlines()))
    if entry.again:
        yield from ("    Again:", *command(entry.again, "      "))
    yield from wrapped(", ".join(filter(None, [words.since(entry), entry.name])), "    [", "     ", "]")
