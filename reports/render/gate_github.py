"""The gate's answer as annotations of a GitHub workflow."""

from reports.answer import Entry
from reports.gate.gate import GateResult
from reports.render import gate_words, words
from reports.render.github import escaped, escaped_property
from reports.vocabulary import Effect

_LEVELS = {Effect.REGRESSION: "error", Effect.UNCLEAR: "error", Effect.DRIFT: "warning", Effect.SAFE: "notice"}


def as_github(answer: GateResult) -> str:
    """A line for the answer and for each change in use; what they say is text."""
    lines = [f"::{_LEVELS[answer.effect]} title=gate::{escaped(gate_words.headline(answer))}"]
    lines += [f"::error title=cannot be compared::{escaped(doubt)}" for doubt in answer.changes.doubts]
    lines += [
        f"::{_LEVELS[entry.effect]} title={_title(entry)}::{escaped(chr(10).join(words.in_lines(entry)))}"
        for entry in answer.changes.entries
    ]
    if rest := words.unused(answer.changes):
        lines.append(f"::notice title=not in use::{escaped(rest)}")
    return "\n".join(lines) + "\n"


def _title(entry: Entry) -> str:
    return escaped_property(f"{entry.kind} {entry.name}")
