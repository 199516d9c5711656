"""An upgrade as text, at most 80 columns wide."""

import json
import textwrap
from collections.abc import Iterator

from reports.answer import Entry, Kind, Upgrade
from reports.compare import Change
from reports.escaping import visible
from reports.render import words

WIDTH = 80
_LONGEST = 150


def as_text(found: Upgrade) -> str:
    """The whole answer; what works now in a line each."""
    return "\n".join(visible(line).rstrip() for line in _lines(found)) + "\n"


def _lines(found: Upgrade) -> Iterator[str]:
    yield f"{words.title(found)} ({words.jax(found)})"
    if found.doubts:
        yield "These runs cannot be compared:"
        for doubt in found.doubts:
            yield from wrapped(doubt, "  - ", "    ")
        return
    yield from wrapped(words.counts(found))
    if found.uses:
        yield from wrapped(f"Shown: what concerns {', '.join(found.uses)}.")
    elif topics := words.topics(found):
        asked = ", ".join(f"{topic} {number}" for topic, number in topics.items())
        yield from wrapped(f"Choose with --uses: {asked}")
    yield from _checkpoints(found)
    for kind in Kind:
        entries = found.of_kind(kind)
        if entries:
            yield from ("", f"{kind.value.capitalize()}: {words.MEANINGS[kind]}")
        for entry in entries:
            yield from _works(entry) if kind is Kind.WORKS_NOW else _entry(entry)
    if any(entry.finding for entry in found.entries):
        yield from ("", "More on one: nnx-bridge finding NAME")


def _checkpoints(found: Upgrade) -> Iterator[str]:
    if found.checkpoints:
        yield from ("", *wrapped(words.CHECKPOINTS))
    for way in found.checkpoints:
        yield from wrapped(words.checkpoints(way), "  - ", "    ")
        for line in (*way.problems, *words.renamed(way)):
            yield from wrapped(line, "      ", "        ")


def _works(entry: Entry) -> Iterator[str]:
    yield from wrapped(f"{entry.title} ({', '.join([*entry.since, *_name(entry)])})", "  - ", "    ")


def _entry(entry: Entry) -> Iterator[str]:
    yield ""
    yield from wrapped(entry.title, "  * ", "    ")
    if entry.do:
        yield from wrapped(f"Do: {entry.do}", "    ", "        ")
    for line in (entry.diff or "").splitlines():
        yield f"        {line}"
    for change in entry.changes:
        yield from wrapped(change_in_a_line(change), "    ", "        ")
    if entry.error:
        yield from wrapped(error_in_a_line(entry.error), "    ", "        ")
    yield from wrapped(
        ", ".join([*entry.topics, *filter(None, [words.since(entry)]), *_name(entry)]), "    [", "     ", "]"
    )


def error_in_a_line(error: str) -> str:
    """As much of an exception as tells it from others."""
    return _shortened(error)


def _name(entry: Entry) -> list[str]:
    return [entry.finding.name if entry.finding else entry.properties[0]]


def change_in_a_line(change: Change) -> str:
    """An observed value before and after."""
    return f"{change.name}: {_value(change.old)} → {_value(change.new)}"


def _value(value: object) -> str:
    return "nothing" if value is None else _shortened(json.dumps(value, sort_keys=True, ensure_ascii=False), 60)


def _shortened(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def wrapped(text: str, first: str = "", rest: str = "", end: str = "") -> list[str]:
    """Lines of at most 80 columns; a word that is longer stays whole."""
    return textwrap.wrap(
        f"{text}{end}",
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest or first,
        break_long_words=False,
        break_on_hyphens=False,
    )
