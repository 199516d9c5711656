"""The words of every answer, each with its one-line definition: whatever shows a word takes it from here."""

from collections.abc import Mapping
from typing import NamedTuple

from reports.compare import EFFECTS, Effect, Verdict
from reports.markdown import escaped, prose, table
from reports.model import Report


class Word(NamedTuple):
    """A word, and what it means in a sentence."""

    word: str
    meaning: str


# By what a report calls the outcome.
OUTCOMES: Mapping[str, Word] = {
    "passed": Word("passed", "No example contradicts the property."),
    "failed": Word("failed", "An example contradicts the property. The report holds the shrunk example."),
    "known": Word(
        "known failure",
        "It fails as a finding says for this release. For your code it is a failure like any other.",
    ),
    "unsupported": Word("unsupported", "This release or this implementation lacks what the property needs."),
    "broken": Word("crashed", "The process died, so nothing is known. It is never counted as passed."),
    "observed": Word(
        "observed",
        "It records values that no API promises, such as the first weights of a seed. It is never counted as passed.",
    ),
}

VERDICTS: Mapping[Verdict, str] = {
    Verdict.SAME: "It holds on both sides, or is unsupported on both.",
    Verdict.FIXED: "It fails on OLD and holds on NEW.",
    Verdict.REGRESSED: "It holds on OLD. On NEW it fails or its process dies.",
    Verdict.LOST: "OLD has it, and NEW lacks it or does not support it.",
    Verdict.STILL_FAILING: "It fails on both sides with the same exception and message, numbers aside.",
    Verdict.FAILURE_CHANGED: "It fails on both sides, with another exception or another message.",
    Verdict.DRIFTED: "It records another value on NEW.",
    Verdict.NEW: "OLD lacks it or does not support it: safe if it holds on NEW, else cannot tell.",
    Verdict.BROKEN: "Its process died on OLD, or one side tried no example, so there is nothing to compare.",
}

ANSWERS: Mapping[Effect, Word] = {
    Effect.SAFE: Word("safe", "What passed on OLD passes on NEW, and no observation changed."),
    Effect.DRIFT: Word("safe with drift", "What passed on OLD passes on NEW, but an observation or a failure changed."),
    Effect.UNCLEAR: Word("cannot tell", "These runs do not show whether the upgrade is safe."),
    Effect.REGRESSION: Word("regression", "Something that passed on OLD fails on NEW, or is missing there."),
}


def glossary() -> str:
    """Every word in the Markdown of GitHub, a table for each kind."""
    verdicts = ((f"`{verdict}`", meaning, _answer(verdict)) for verdict, meaning in VERDICTS.items())
    return "\n\n".join(
        [
            table(["outcome of a property", "meaning"], map(_row, OUTCOMES.values())),
            table(["verdict on a pair", "meaning", "answer"], ([prose(cell) for cell in row] for row in verdicts)),
            table(["answer of the gate", "meaning"], map(_row, ANSWERS.values())),
        ]
    )


def outcomes(report: Report) -> str:
    """How many properties have each outcome, and what it means, in the Markdown of GitHub."""
    numbers, flax = report.count(), escaped(f"Flax {report.environment.flax}")
    failing = numbers["failed"] + numbers["known"] + numbers["broken"]
    rows = ([*_row(word), str(numbers[outcome])] for outcome, word in OUTCOMES.items())
    new = failing - numbers["known"]
    said = f"{failing} of {len(report.properties)} properties fail, {f'{new} of them new' if new else 'all known'}"
    return f"On {flax}, {said}.\n\n{table(['outcome', 'meaning', 'properties'], rows)}"


def _row(word: Word) -> list[str]:
    return [prose(f"`{word.word}`"), prose(word.meaning)]


def _answer(verdict: Verdict) -> str:
    effect = EFFECTS.get(verdict)
    return "" if effect is None else ANSWERS[effect].word
