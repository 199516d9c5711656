"""The gate's answer for machines: what `upgrade` says in JSON, with the answer and what became of every property."""

from reports.compare import Comparison
from reports.gate.gate import GateResult, Side
from reports.model import Environment, Failure, Record
from reports.render import gate_words, words
from reports.render.encoding import json_text
from reports.render.upgrade_json import ObservedValue, UpgradeItem, counts, item
from reports.vocabulary import Outcome

SCHEMA = 1


class End(Record, frozen=True):
    """One of the two sides."""

    label: str
    # Null where it did not run; `problem` then says why.
    environment: Environment | None
    problem: str | None


class Compared(Record, frozen=True):
    """One property on both sides."""

    id: str
    verdict: str
    effect: str
    statement: str
    feature: str | None
    old: Outcome | None
    new: Outcome | None
    changes: list[ObservedValue]
    reason: str | None
    notes: list[str]
    advice: str | None
    accepted: str | None
    failure: Failure | None


class GateAnswer(Record, frozen=True):
    """The whole answer."""

    schema: int
    # A word of the vocabulary: safe, safe with drift, cannot tell, or regression.
    answer: str
    sentence: str
    old: End
    new: End
    doubts: list[str]
    uses: list[str]
    counts: dict[str, int]
    same: int
    of: int
    topics: dict[str, int]
    # What is in use, and what is not.
    entries: list[UpgradeItem]
    unused: list[UpgradeItem]
    properties: list[Compared]


def as_json(answer: GateResult) -> str:
    """The answer, indented."""
    changes = answer.changes
    content = GateAnswer(
        schema=SCHEMA,
        answer=answer.effect.word,
        sentence=gate_words.sentence(answer),
        old=_end(answer.old),
        new=_end(answer.new),
        doubts=list(changes.doubts),
        uses=list(changes.uses),
        counts=counts(changes),
        same=changes.same,
        of=changes.of,
        topics=words.topics(changes),
        entries=[item(entry) for entry in changes.entries],
        unused=[item(entry) for entry in changes.unused],
        properties=[_compared(one) for one in answer.comparisons],
    )
    return json_text(content)


def _end(side: Side) -> End:
    return End(side.label, side.report.environment if side.report else None, side.problem)


def _compared(one: Comparison) -> Compared:
    return Compared(
        id=one.id,
        verdict=one.verdict.value,
        effect=one.effect.word,
        statement=one.statement,
        feature=one.feature,
        old=one.old.outcome if one.old else None,
        new=one.new.outcome if one.new else None,
        changes=[ObservedValue(change.name, change.old, change.new) for change in one.changes],
        reason=one.reason,
        notes=list(one.notes),
        advice=one.advice,
        accepted=one.allowed,
        failure=one.new.failure if one.new else None,
    )
