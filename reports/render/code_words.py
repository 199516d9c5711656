"""The words in which every writer says what of an upgrade concerns a user's source."""

import re
from collections.abc import Iterator

from reports.answer import Entry, EntryKind
from reports.code.hits import CodeAnswer, Hit
from reports.program import program
from reports.render import words
from reports.vocabulary import several

_GRAVE = (EntryKind.BREAKS, EntryKind.MORE_CASES, EntryKind.LACKS)


def level(entry: Entry) -> str:
    """``error`` for what breaks, else ``warning``."""
    return "error" if entry.kind in _GRAVE else "warning"


def what(hit: Hit) -> str:
    """What changes at a place, and what to do there."""
    do = hit.entry.do
    return f"{hit.entry.title}{f'  → {_first_sentence(do)}' if do else ''}"


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.:])\s+(?=[A-Z`])", text, maxsplit=1)[0]


def summary(answer: CodeAnswer) -> str:
    """``12 places in 3 of 9 files: 4 findings break, 2 differ.``"""
    files = several(answer.files.count, "file", "files")
    if not answer.hits:
        return f"Nothing of what changes is seen in {files}."
    met = len({hit.place.path for hit in answer.hits})
    places = several(len(answer.hits), "place", "places")
    return f"{places} in {met} of {files}; {_findings(answer.entries)}."


def left_out(answer: CodeAnswer) -> Iterator[str]:
    """What was not looked at, a sentence each."""
    if count := answer.files.notebooks:
        named = several(count, "notebook is", "notebooks are")
        yield f"{named} left out: `jupyter nbconvert --to script` makes Python files of them."
    if answer.outside:
        named = ", ".join(entry.name for entry in answer.outside)
        yield f"Outside of what you use: {_findings(answer.outside)} ({named}); leave out --uses to see where."
    if answer.unseen:
        sides = " ".join(side.environment.flax for side in (answer.changes.old, answer.changes.new))
        uses = (
            f" --uses {','.join(one.replace(' ', '_') for one in answer.changes.uses)}" if answer.changes.uses else ""
        )
        graver = [entry.name for entry in answer.unseen if entry.kind in _GRAVE and entry.finding]
        named = f"; what breaks is {', '.join(graver)}" if graver else ""
        yield f"Source does not show {_findings(answer.unseen)}{named}: see `{program()} upgrade {sides}{uses}`."


def _findings(entries: tuple[Entry, ...]) -> str:
    return f"{several(len(entries), 'finding', 'findings')}: {words.kinds(entries)}"
