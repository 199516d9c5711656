"""An upgrade in the Markdown of GitHub, for a pull request or an issue."""

from collections.abc import Iterator

from reports.answer import Entry, Kind, Upgrade
from reports.markdown import code, escaped, fenced, prose
from reports.render import words
from reports.render.upgrade_text import change_in_a_line, error_in_a_line

_SHOWN = 10


def as_markdown(found: Upgrade) -> str:
    """The whole answer; programs and what works now are folded."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Upgrade) -> Iterator[str]:
    yield f"### {escaped(f'{words.title(found)} ({words.jax(found)})')}"
    if found.doubts:
        yield from ("", "These runs cannot be compared:", "", *(f"- {escaped(doubt)}" for doubt in found.doubts))
        return
    yield from ("", f"**{escaped(words.counts(found))}.**")
    if found.uses:
        yield from ("", f"Shown: what concerns {escaped(', '.join(found.uses))}.")
    yield from _checkpoints(found)
    for kind in Kind:
        entries = found.of_kind(kind)
        if not entries:
            continue
        heading = f"{kind.value.capitalize()}: {words.MEANINGS[kind]}"
        if kind in (Kind.FAILS_DIFFERENTLY, Kind.WORKS_NOW):
            yield from ("", f"<details><summary>{escaped(heading)} ({len(entries)})</summary>")
            for entry in entries:
                yield from _works(entry) if kind is Kind.WORKS_NOW else _entry(entry)
            yield from ("", "</details>")
        else:
            yield from ("", f"#### {escaped(heading)}")
            for entry in entries:
                yield from _entry(entry)


def _checkpoints(found: Upgrade) -> Iterator[str]:
    if found.checkpoints:
        yield from ("", f"{prose(words.CHECKPOINTS)}:", "")
    for way in found.checkpoints:
        yield f"- {prose(words.checkpoints(way))}"
        yield from (f"  - {prose(line)}" for line in (*way.problems, *words.renamed(way)))


def _works(entry: Entry) -> Iterator[str]:
    since = words.since(entry)
    yield from ("", f"- {prose(entry.title)}{f' ({escaped(since)})' if since else ''}")


def _entry(entry: Entry) -> Iterator[str]:
    said = ", ".join(map(escaped, filter(None, [*entry.topics, words.since(entry)])))
    yield from ("", f"**{prose(entry.title)}**{f' ({said})' if said else ''}")
    if entry.do:
        yield from ("", prose(entry.do))
    if entry.diff:
        yield from ("", fenced(entry.diff, "diff"))
    changes = [*map(change_in_a_line, entry.changes)]
    yield from (f"{'' if number else chr(10)}- {escaped(line)}" for number, line in enumerate(changes))
    if entry.error:
        yield from ("", fenced(error_in_a_line(entry.error), "text"))
    for cause in entry.causes:
        yield from ("", f"Cause: {prose(cause.what)} ([source]({cause.link}))")
    yield from _folded(entry)


def _folded(entry: Entry) -> Iterator[str]:
    """The program that shows it, and the properties."""
    yield from ("", f"<details><summary>{words.shown_by(entry)}</summary>")
    if entry.finding and entry.finding.witness:
        yield from ("", fenced(entry.finding.witness.strip()))
    names = entry.properties
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    yield from ("", f"{', '.join(map(code, names[:_SHOWN]))}{more}", "", "</details>")
