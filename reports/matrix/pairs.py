"""What an upgrade from any release to any other means: the verdicts of `reports.compare`, found ahead of time.

Of 24 releases there are 576 pairs, yet a property behaves in few ways. So a
finding is kept for each two ways (states) of a property, and the findings that
are alike are kept once.
"""

import msgspec

from reports.compare import comparison, incomparable
from reports.matrix.matrix import Matrix, Row
from reports.model import Property
from reports.render.text import shortened
from reports.vocabulary import Effect

MOST_SHOWN = 300
NO_FINDING = -1


class State(msgspec.Struct, frozen=True):
    """One way in which a property behaves."""

    outcome: str
    # The exception and its message.
    failure: str | None
    # Name -> the value as JSON.
    observations: dict[str, str]


class Judged(msgspec.Struct, frozen=True):
    """A finding, without the property that it is about."""

    verdict: str
    effect: Effect
    notes: tuple[str, ...]
    advice: str | None
    # The names of the observations that differ.
    changes: tuple[str, ...]


class Behaviour(msgspec.Struct, frozen=True):
    """A property's states, and what it means to go from one to another."""

    id: str
    # Of a program its feature.
    statement: str
    states: list[State]
    # By release: the number of its state, or -1, the last, where it was not run.
    at: list[int]
    # [state on OLD][state on NEW]: the number of a finding. The last row and the last column are "not run".
    findings: list[list[int]]


class Answer(msgspec.Struct, frozen=True):
    """What an upgrade means."""

    effect: Effect
    # Why the two runs cannot be compared; it is then unclear, whatever the findings.
    doubts: tuple[str, ...]


class Pairs(msgspec.Struct, frozen=True):
    """Everything that a comparison of two releases shows."""

    releases: list[str]
    properties: list[Behaviour]
    findings: list[Judged]
    answers: list[Answer]
    # [OLD][NEW]: the number of an answer.
    pairs: list[list[int]]


def pairs(found: Matrix) -> Pairs:
    findings: dict[Judged, int] = {}
    answers: dict[Answer, int] = {}
    properties = [_behaviour(row, findings) for row in found.rows]
    effects = {number: judged.effect for judged, number in findings.items()}

    def answer(old: int, new: int) -> Answer:
        doubts = incomparable(found.releases[old].report, found.releases[new].report)
        if doubts:
            return Answer(Effect.UNCLEAR, tuple(doubts))
        numbers = (one.findings[one.at[old]][one.at[new]] for one in properties)
        return Answer(max((effects[number] for number in numbers if number != NO_FINDING), default=Effect.SAFE), ())

    every = range(len(found.releases))
    table = [[answers.setdefault(answer(old, new), len(answers)) for new in every] for old in every]
    return Pairs(list(found.labels), properties, list(findings), list(answers), table)


def _behaviour(row: Row, findings: dict[Judged, int]) -> Behaviour:
    keys = [cell and _key(cell) for cell in row.cells]
    states = list(dict.fromkeys(key for key in keys if key))
    columns = [keys.index(key) for key in states]
    sides = [*(row.cells[column] for column in columns), None]
    return Behaviour(
        row.id,
        row.feature or row.statement,
        [_state(row, column) for column in columns],
        [states.index(key) if key else -1 for key in keys],
        [[_numbered(findings, old, new) for new in sides] for old in sides],
    )


def _key(cell: Property) -> bytes:
    """The same for two cells of which `finding` says the same."""
    failure = cell.failure and (cell.failure.exception, cell.failure.message)
    return msgspec.json.encode((cell.outcome, cell.reason, cell.advice, failure, cell.observations), order="sorted")


def _numbered(findings: dict[Judged, int], old: Property | None, new: Property | None) -> int:
    if old is None and new is None:
        return NO_FINDING
    found = comparison(old, new)
    names = tuple(change.name for change in found.changes)
    judged = Judged(found.verdict, found.effect, tuple(filter(None, [found.reason])), found.advice, names)
    return findings.setdefault(judged, len(findings))


def _state(row: Row, column: int) -> State:
    cell = row.cells[column]
    assert cell is not None
    failure = shortened(f"{cell.failure.exception}: {cell.failure.message}", MOST_SHOWN) if cell.failure else None
    values = {
        strip.name: shortened(strip.values[letter], MOST_SHOWN)
        for strip in row.strips
        if (letter := strip.letters[column])
    }
    return State(cell.outcome, failure, values)
