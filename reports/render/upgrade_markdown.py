"""What changes in the Markdown of GitHub, for a pull request or an issue."""

from collections.abc import Iterator
from itertools import groupby

from reports.answer import Changes, Entry, Upgrade
from reports.markdown import code, escaped, fenced, prose
from reports.program import program
from reports.render import words

_SHOWN = 10


def as_markdown(found: Upgrade) -> str:
    """The whole answer; programs and what works now are folded."""
    head = f"### {escaped(f'{words.title(found)} ({words.jax(found)})')}"
    notes = (
        line for said in (words.SCOPE, words.python(found), words.back(found)) if said for line in (escaped(said), "")
    )
    more = [] if found.doubts else ["", escaped(words.your_code(found))]
    return "\n".join([head, "", *notes, *lines(found), *more]) + "\n"


def lines(found: Changes) -> Iterator[str]:
    """The counts, and the entries of each kind."""
    if found.doubts:
        yield from ("These runs cannot be compared:", "", *(f"- {escaped(doubt)}" for doubt in found.doubts))
        return
    yield f"**{prose(words.counts(found))}**"
    for said in filter(None, (words.stops(found), words.on_the_way(found))):
        yield from ("", prose(said))
    yield from _checkpoints(found)
    yield from _entries(found.entries)
    yield from _still_failing(found)
    yield from _unused(found)
    yield from ("", escaped(words.changed(found)))
    if any(entry.finding for entry in found.entries):
        yield from ("", f"More on one, with a program that shows it: {code(f'{program()} finding NAME')}")


def _still_failing(found: Changes) -> Iterator[str]:
    if found.still_failing:
        yield from ("", f"<details><summary>{escaped(words.STILL_FAILING)} ({len(found.still_failing)})</summary>")
        yield from (line for entry in found.still_failing for line in _brief(entry))
        yield from ("", "</details>")


def _unused(found: Changes) -> Iterator[str]:
    if not found.unused:
        return
    yield from ("", f"<details><summary>{escaped(words.unused(found))}</summary>")
    for kind, entries in groupby(found.unused, lambda entry: entry.kind):
        yield from ("", escaped(words.heading(kind)))
        yield from (line for entry in entries for line in _brief(entry))
    yield from ("", "</details>")


def _entries(entries: tuple[Entry, ...]) -> Iterator[str]:
    for kind in words.COUNTED:
        found = [entry for entry in entries if entry.kind is kind]
        if not found:
            continue
        if kind in words.BRIEF:
            yield from ("", f"<details><summary>{escaped(words.heading(kind, found[0].back))} ({len(found)})</summary>")
            for entry in found:
                yield from _brief(entry) if words.is_brief(entry) else _entry(entry)
            yield from ("", "</details>")
        else:
            yield from ("", f"#### {escaped(words.heading(kind))}")
            for entry in found:
                yield from _brief(entry) if words.is_brief(entry) else _entry(entry)


def _checkpoints(found: Changes) -> Iterator[str]:
    if found.checkpoints or found.models:
        yield from ("", prose(words.CHECKPOINTS), "")
    for said, details in words.checkpoints(found.checkpoints):
        yield f"- {prose(said)}"
        yield from (f"  - {prose(line)}" for line in details)
    if found.models:
        yield f"- {prose(words.models(found.models))}"


def _brief(entry: Entry) -> Iterator[str]:
    said = [*map(escaped, filter(None, [words.since(entry)])), *([] if entry.lacks else [code(entry.name)])]
    more = f" ({', '.join(said)})" if said else ""
    yield from ("", f"- {prose(entry.title)}{more}")
    do = words.advice(entry) if entry.kind in words.BRIEF_WITH_ADVICE else ""
    yield from (f"  {prose(line)}" for line in (words.workaround(entry), words.cases(entry), do) if line)


def _entry(entry: Entry) -> Iterator[str]:
    said = [*map(escaped, filter(None, [*entry.topics, words.since(entry)])), code(entry.name)]
    yield from ("", f"**{prose(entry.title)}** ({', '.join(said)})")
    for line in filter(None, (words.notice(entry), words.cases(entry), words.advice(entry))):
        yield from ("", prose(line))
    if entry.diff:
        yield from ("", fenced(entry.diff, "diff"))
    yield from _listed(words.values(entry))
    if error := words.error(entry):
        yield from ("", fenced(error, "text"))
    for sentence in words.sentences(entry):
        yield from ("", prose(sentence))
    for cause in entry.causes:
        repeated = cause.what.removesuffix(".") == entry.title
        yield from ("", f"Cause: {'' if repeated else f'{prose(cause.what)} '}([source]({cause.link}))")
    yield from _folded(entry)


def _listed(lines: list[str]) -> Iterator[str]:
    yield from (f"{'' if number else chr(10)}- {escaped(line)}" for number, line in enumerate(lines))


def _folded(entry: Entry) -> Iterator[str]:
    """How to run it again, and the properties."""
    yield from ("", f"<details><summary>{words.shown_by(entry)}</summary>")
    if entry.example:
        yield from ("", "Falsifying example:", "", fenced(entry.example))
    if entry.again:
        yield from ("", "Again:", "", fenced(entry.again, "sh"))
    names = entry.properties
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    yield from ("", f"{', '.join(map(code, names[:_SHOWN]))}{more}", "", "</details>")
