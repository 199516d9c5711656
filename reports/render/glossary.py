"""Every word with its meaning in the Markdown of GitHub, and how often a report has each."""

from collections.abc import Iterable

from reports.markdown import escaped, prose, table
from reports.model import Report
from reports.vocabulary import EFFECTS, FAILURES, Absence, Effect, Outcome, Verdict

# The answer for a verdict that has no single effect.
_EITHER = f"{Effect.SAFE.word} or {Effect.UNCLEAR.word}"


def glossary() -> str:
    """A table for each kind of word."""
    verdicts = ([f"`{one}`", one.meaning, EFFECTS[one].word if one in EFFECTS else _EITHER] for one in Verdict)
    return "\n\n".join(
        [
            _table(["outcome of a property", "meaning"], ([f"`{one}`", one.meaning] for one in (*Outcome, *Absence))),
            _table(["verdict on a pair", "meaning", "answer"], verdicts),
            _table(["answer of the gate", "meaning"], ([f"`{one.word}`", one.meaning] for one in Effect)),
        ]
    )


def outcomes(report: Report) -> str:
    """How many properties have each outcome, and what it means."""
    numbers, flax = report.count(), escaped(f"Flax {report.environment.flax}")
    failing = sum(numbers[outcome] for outcome in (*FAILURES, Outcome.CRASHED))
    rows = ([f"`{outcome}`", outcome.meaning, str(numbers[outcome])] for outcome in Outcome)
    new = failing - numbers[Outcome.KNOWN_FAILURE]
    said = f"{failing} of {len(report.properties)} properties fail, {f'{new} of them new' if new else 'all known'}"
    return f"On {flax}, {said}.\n\n{_table(['outcome', 'meaning', 'properties'], rows)}"


def _table(header: list[str], rows: Iterable[list[str]]) -> str:
    return table(header, ([prose(cell) for cell in row] for row in rows))
