"""The words of every answer, each with its one-line definition: whatever shows a word takes it from here."""

from enum import IntEnum, StrEnum


class Word(StrEnum):
    """A word that knows what it means, in a sentence."""

    meaning: str

    def __new__(cls, word: str, meaning: str = "") -> "Word":
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning = meaning
        return member


class Outcome(Word):
    """What became of a property in one run, the gravest last."""

    PASSED = "passed", "The property held for every input tried."
    OBSERVED = (
        "observed",
        "It records values that no API promises, such as the first weights of a seed. It is never counted as passed.",
    )
    UNSUPPORTED = "unsupported", "This release or this implementation lacks what the property needs."
    KNOWN_FAILURE = (
        "known failure",
        "It fails as a finding says for this release. For your code it is a failure like any other.",
    )
    FAILED = "failed", "An input contradicts the property. The report holds the shrunk example."
    CRASHED = "crashed", "The process died, so nothing is known. It is never counted as passed."

    @property
    def sign(self) -> str:
        """One character for it."""
        return _SIGNS[self]


class Absence(Word):
    """What a property has in place of an outcome where a report does not hold it."""

    NOT_RUN = "not run", "The run did not ask for it. No report stores this word."


NOT_RUN = Absence.NOT_RUN

# In the place of a number's word, or of a word where there is no room.
_SIGNS = {
    Outcome.PASSED: ".",
    Outcome.OBSERVED: "o",
    Outcome.UNSUPPORTED: "u",
    Outcome.KNOWN_FAILURE: "k",
    Outcome.FAILED: "F",
    Outcome.CRASHED: "C",
}

FAILURES = (Outcome.KNOWN_FAILURE, Outcome.FAILED)


class Effect(IntEnum):
    """The answer of the gate, and what a verdict means for an upgrade; of several, the greatest decides."""

    word: str
    meaning: str

    def __new__(cls, weight: int, word: str, meaning: str) -> "Effect":
        member = int.__new__(cls, weight)
        member._value_ = weight
        member.word = word
        member.meaning = meaning
        return member

    SAFE = 0, "safe", "What works on OLD works on NEW, and no observation changed."
    DRIFT = 1, "safe with drift", "What works on OLD works on NEW, but an observation or a failure changed."
    UNCLEAR = 2, "cannot tell", "These runs do not show whether the upgrade is safe."
    REGRESSION = 3, "regression", "Something in use works on OLD, and fails on NEW or is missing there."


class Verdict(Word):
    """What became of a property from OLD to NEW."""

    SAME = "same", "It holds on both sides, or is unsupported on both."
    FIXED = "fixed", "It fails on OLD and holds on NEW."
    REGRESSED = "regressed", "It holds on OLD. On NEW it fails or its process dies."
    REMOVED = "removed", "OLD has it, and NEW lacks it or does not support it."
    STILL_FAILING = (
        "still failing",
        "It fails on both sides with the same exception, and the same message, numbers aside, or the same finding.",
    )
    FAILURE_CHANGED = (
        "failure changed",
        "It fails on both sides with another exception, or with another message that is not of the same finding.",
    )
    DRIFTED = (
        "drifted",
        "It records another value on NEW. A regression if that is an exception and OLD records none.",
    )
    NEW = (
        "new",
        "OLD does not support it or did not run it. "
        "Cannot tell if its process dies on NEW, or if OLD did not run it and it fails on NEW; else safe.",
    )
    INCOMPARABLE = (
        "incomparable",
        "Its process died on OLD, or one side tried no example, so there is nothing to compare.",
    )


# The effect of a verdict that has only one.
EFFECTS = {
    Verdict.SAME: Effect.SAFE,
    Verdict.FIXED: Effect.SAFE,
    Verdict.STILL_FAILING: Effect.SAFE,
    Verdict.REGRESSED: Effect.REGRESSION,
    Verdict.REMOVED: Effect.REGRESSION,
    Verdict.FAILURE_CHANGED: Effect.DRIFT,
    Verdict.DRIFTED: Effect.DRIFT,
    Verdict.INCOMPARABLE: Effect.UNCLEAR,
}


def several(number: int, one: str, many: str = "") -> str:
    """``1 property`` or ``2 properties``: a number with its word."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def plural(outcome: Outcome) -> str:
    """The word for any number of them: ``passed``, ``known failures``."""
    return f"{outcome}s" if outcome is Outcome.KNOWN_FAILURE else outcome.value


def counted(number: int, outcome: Outcome) -> str:
    """``945 passed``, ``59 known failures``."""
    return several(number, outcome, plural(outcome))
