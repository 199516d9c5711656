"""What a falsifying example that is tried on OLD does to the verdict."""

import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from meta_tests.support.sample_reports import failing, passing, report
from reports.compare import Comparison, comparison
from reports.gate import replay
from reports.gate.environments import Installation
from reports.gate.running import Died, Options
from reports.model import Property
from reports.vocabulary import Verdict

PROPERTY = "affine.bias_starts_at_zero"
EXAMPLE = "call=Call(seed=0.0, x=[1.5], features=1.0)"
MESSAGE = "output[0] is 0.5, expected 0.25"
HERE = Installation("OLD", Path(sys.executable), {})


def _found(property_id: str = PROPERTY) -> Comparison:
    """A property that fails on NEW with an AssertionError."""
    new = failing(property_id, MESSAGE)
    assert new.failure is not None
    failure = msgspec.structs.replace(new.failure, falsifying_example=EXAMPLE)
    new = msgspec.structs.replace(new, failure=failure, nodeid="../elsewhere.py::test")
    return comparison(passing(property_id), new)


def _raising(exception: str, message: str) -> Property:
    found = failing(PROPERTY, message)
    assert found.failure is not None
    return msgspec.structs.replace(found, failure=msgspec.structs.replace(found.failure, exception=exception))


@pytest.mark.parametrize(
    ("there", "verdict", "said"),
    [
        (passing(PROPERTY), Verdict.REGRESSED, "holds on OLD"),
        (failing(PROPERTY, MESSAGE), Verdict.STILL_FAILING, "fails on OLD too"),
        (failing(PROPERTY, MESSAGE.replace("0.5", "0.75")), Verdict.STILL_FAILING, "fails on OLD too"),
        (
            failing(PROPERTY, "another thing is wrong"),
            Verdict.REGRESSED,
            "fails on OLD too, in another way (AssertionError: another thing is wrong",
        ),
        (_raising("NameError", MESSAGE), Verdict.REGRESSED, "fails on OLD too, in another way (NameError"),
        (
            msgspec.structs.replace(passing(PROPERTY), outcome="unsupported", reason="flax 0.9.0 has no nnx.List"),
            Verdict.REGRESSED,
            "not replayed on OLD: flax 0.9.0 has no nnx.List",
        ),
        (passing("affine.another"), Verdict.REGRESSED, "not replayed on OLD"),
        (Died("OLD: the run died"), Verdict.REGRESSED, "not replayed on OLD: OLD: the run died"),
    ],
)
def test_only_the_same_exception_and_message_are_the_same_failure(
    there: Property | Exception, verdict: Verdict, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An example that fails on OLD for another reason, or cannot be tried there, excuses nothing."""

    def run(environment: Installation, options: Options, progress: object, only: list[str]) -> Any:
        assert (environment, only) == (HERE, ["properties/test_affine.py::test_bias_starts_at_zero"])
        assert (options.example, options.selection) == (EXAMPLE, None)
        if isinstance(there, Exception):
            raise there
        return report("0.9.0", there)

    monkeypatch.setattr(replay, "run_properties", run)
    found = replay.replayed(_found(), HERE, Options(selection="affine"))
    assert found.verdict is verdict
    assert said in found.notes[-1]


def test_property_that_this_suite_has_not_is_not_replayed() -> None:
    """What is run is named by this suite and not by the report, which says where it found the property."""
    found = replay.replayed(_found("affine.of_somebody_else"), HERE, Options())
    assert found.verdict is Verdict.REGRESSED
    assert "not replayed on OLD: no property 'affine.of_somebody_else'" in found.notes[-1]
