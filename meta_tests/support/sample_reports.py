"""Small reports that stand for whole ones: a function for each way in which a property behaves."""

from typing import Any

import msgspec

from reports.answer import Changes
from reports.compare import compare, incomparable
from reports.gate.gate import GateResult, Side, answered
from reports.model import Environment, Examples, Failure, Property, Report, Shards, Suite
from reports.vocabulary import Outcome

EVENTS = {"seed: negative": 20, "seed: small": 60, "shape: 4x4, square": 80, "input: subnormal": 5, "retried": 1}


def passing(property_id: str, **fields: Any) -> Property:
    """A property that passed, but for ``fields``."""
    chapter, _, name = property_id.partition(".")
    passed = Property(
        id=property_id,
        chapter=chapter,
        statement=f"The sentence of {name}.",
        feature=None,
        advice=None,
        nodeid=f"properties/test_{chapter}.py::test_{name}",
        outcome=Outcome.PASSED,
        reason=None,
        seconds=1.5,
        examples=Examples(valid=100, invalid=3),
        events=EVENTS,
        observations={},
        failure=None,
    )
    return msgspec.structs.replace(passed, **fields)


def failing(property_id: str, message: str = "output[0] is 0.5, expected 0.25", **fields: Any) -> Property:
    failure = Failure(
        exception="AssertionError",
        message=message,
        falsifying_example="call=Call(seed=0.0, x=[1.5], features=1.0)",
        command=f'python -m pytest -k "{property_id}"',
        reproducer=f"import jax\n\nassert {property_id!r}\n",
    )
    return passing(property_id, **{"outcome": "failed", "failure": failure, **fields})


def observing(property_id: str, observations: dict[str, Any], **fields: Any) -> Property:
    advice = "Restore a checkpoint instead of drawing new weights."
    unjudged = {"outcome": "observed", "advice": advice, "examples": Examples(0, 0), "events": {}}
    return passing(property_id, **{**unjudged, "observations": observations, **fields})


def report(flax: str, *properties: Property, **fields: Any) -> Report:
    """A whole run on a Flax release, but for ``fields``."""
    whole = Report(
        schema=5,
        environment=Environment(
            python="3.12.1",
            platform="Linux",
            packages={"flax": flax, "jax": "0.7.0", "hypothesis": "6.170.15"},
            backend="cpu",
            devices=["cpu"] * 8,
            flags={},
        ),
        suite=Suite(digest={found.id: "d1" for found in properties}, profile="gate"),
        implementation="reference",
        subjects="own",
        started="2026-11-23T00:41:00+00:00",
        ended="2026-11-23T00:44:00+00:00",
        complete=True,
        collected=len(properties),
        shards=Shards(of=1, present=[1]),
        properties=list(properties),
    )
    return msgspec.structs.replace(whole, **fields)


HOSTILE = (
    """</script><script>window.hurt = 1</script><img src=x onerror="window.hurt = 2">"""
    """ '"&lt; `a` | *b* @root {{ 7 * 7 }} \u202edesrever"""
)


def hostile(flax: str) -> Report:
    """Every text of it tries to be more than text."""
    properties = [
        failing("hostile.fails", HOSTILE, statement=HOSTILE, events={f"kind: {HOSTILE}": 1, HOSTILE: 1}),
        observing("hostile.observes", {HOSTILE: HOSTILE}, statement=HOSTILE, advice=HOSTILE),
        observing("hostile.drifts", {HOSTILE: f"{flax} {HOSTILE}"}, advice=HOSTILE),
        passing(f"hostile.{HOSTILE}", outcome="crashed", reason=HOSTILE, statement=""),
    ]
    whole = report(flax, *properties)
    environment = msgspec.structs.replace(whole.environment, python=HOSTILE, packages={"flax": flax, "jax": HOSTILE})
    return msgspec.structs.replace(
        whole, environment=environment, suite=Suite(digest={HOSTILE: HOSTILE}, profile=HOSTILE)
    )


def gated(old: Report, new: Report, *uses: str) -> GateResult:
    """The answer that two runs give by themselves, for a user of these topics."""
    before, after = (Side(f"flax {one.environment.flax}", one) for one in (old, new))
    doubts = incomparable(old, new)
    if doubts:
        return GateResult(before, after, [], Changes(doubts=tuple(doubts), uses=uses))
    return answered(before, after, compare(old, new), uses)
