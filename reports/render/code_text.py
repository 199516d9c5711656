"""What of an upgrade concerns a user's source, as a linter says it."""

from collections.abc import Iterator

from reports.code.hits import CodeAnswer, Hit
from reports.render import code_words, words
from reports.render.text import wrapped
from reports.render.upgrade_text import whole, written


def as_text(answer: CodeAnswer) -> str:
    """A line for each place, each finding once with its advice, and what was not looked at."""
    return written(_lines(answer))


def _lines(answer: CodeAnswer) -> Iterator[str]:
    yield f"{words.title(answer.changes)} ({words.jax(answer.changes)})"
    for doubt in answer.changes.doubts:
        yield from wrapped(f"These runs cannot be compared: {doubt}")
    yield from map(_line, answer.hits)
    for kind in words.COUNTED:
        entries = [entry for entry in answer.entries if entry.kind is kind]
        if entries:
            yield from ("", words.heading(kind))
        for entry in entries:
            yield from whole(entry)
    yield ""
    if not answer.changes.doubts:
        yield from wrapped(code_words.summary(answer))
    yield from map(_in_a_line, answer.files.unread)
    for said in code_words.left_out(answer):
        yield from wrapped(said)


def _line(hit: Hit) -> str:
    place = hit.place
    return _in_a_line(f"{place.path}:{place.line}:{place.column}: {hit.entry.name}  {code_words.what(hit)}")


def _in_a_line(text: str) -> str:
    """A text whose path may have line breaks."""
    return text.replace("\n", "\\n")
