"""What a falsifying example that is tried on OLD does to the verdict."""

import sys
from pathlib import Path

import msgspec
import pytest

from meta_tests.sample_reports import failing, passing
from reports.compare import Comparison, comparison
from reports.upgrade.environments import Environment
from reports.upgrade.replay import replayed
from reports.vocabulary import Verdict

MESSAGE = "output[0] is 0.5, expected 0.25"
OTHER_NUMBER = "output[0] is 0.75, expected 0.25"
HERE = Environment("OLD", Path(sys.executable), {})


def _found(reproducer: str) -> Comparison:
    """A property that fails on NEW with an AssertionError."""
    new = failing("jit.one", MESSAGE)
    assert new.failure is not None
    failure = msgspec.structs.replace(new.failure, reproducer=reproducer)
    return comparison(passing("jit.one"), msgspec.structs.replace(new, failure=failure))


@pytest.mark.parametrize(
    ("reproducer", "verdict", "said"),
    [
        ("print('tried')", Verdict.REGRESSED, "holds on OLD"),
        (f"print('tried')\nassert False, {MESSAGE!r}", Verdict.STILL_FAILING, "fails on OLD too"),
        (
            f"print('tried')\nassert False, {MESSAGE.replace('0.5', '0.75')!r}",
            Verdict.STILL_FAILING,
            "fails on OLD too",
        ),
        (
            "print('tried')\nassert False, 'another thing is wrong'",
            Verdict.REGRESSED,
            "fails on OLD too, in another way (AssertionError: another thing is wrong",
        ),
        (
            "print('tried')\nprint(a_name_that_is_missing)",
            Verdict.REGRESSED,
            "fails on OLD too, in another way (NameError",
        ),
        ("import a_module_that_nobody_wrote", Verdict.REGRESSED, "not replayed on OLD"),
    ],
)
def test_only_the_same_exception_and_message_are_the_same_failure(reproducer: str, verdict: Verdict, said: str) -> None:
    """A reproducer that fails on OLD by its own fault, or for another reason, excuses nothing."""
    found = replayed(_found(reproducer), HERE)
    assert found.verdict is verdict
    assert said in found.notes[-1]
