"""What of an upgrade concerns a user's source, as annotations of a GitHub workflow."""

from collections.abc import Iterator

from reports.code.hits import CodeAnswer, Hit
from reports.render import code_words, words
from reports.render.github import escaped, escaped_property


def as_github(answer: CodeAnswer) -> str:
    """A line for each place; and what was not looked at."""
    return "".join(f"{line}\n" for line in _lines(answer))


def _lines(answer: CodeAnswer) -> Iterator[str]:
    title = escaped_property(words.title(answer.changes))
    yield from (f"::error title=cannot be compared::{escaped(doubt)}" for doubt in answer.changes.doubts)
    yield from map(_line, answer.hits)
    yield from (f"::warning title={title}::{escaped(said)}" for said in answer.files.unread)
    if not answer.changes.doubts:
        rest = " ".join((code_words.summary(answer), *code_words.left_out(answer)))
        yield f"::notice title={title}::{escaped(rest)}"


def _line(hit: Hit) -> str:
    place, entry = hit.place, hit.entry
    where = f"file={escaped_property(place.path)},line={place.line},endLine={place.end_line},col={place.column}"
    text = "\n".join(filter(None, [entry.title, words.notice(entry), words.advice(entry), entry.diff]))
    return (
        f"::{code_words.level(entry)} {where},title={escaped_property(f'{entry.kind} {entry.name}')}::{escaped(text)}"
    )
