"""What the record of a property says of a run that tried too little, and of a comparison that raised."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.statistics import collector

from meta_tests.support.runs import pytest_run, records_of
from reports.plugin.record import _falsifying_example
from reports.plugin.tried import tried

QUICK = settings(max_examples=20, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


@QUICK
@given(st.integers())
def tries_all_that_it_should(number: int) -> None:
    pass


@QUICK
@given(st.booleans())
def tries_all_that_there_is(flag: bool) -> None:
    pass


seen: list[int] = []


@QUICK
@given(st.integers(0, 10**9))
def rejects_all_but_the_first(number: int) -> None:
    seen.append(number)
    assume(number == seen[0])


@pytest.mark.parametrize(
    ("check", "stops"),
    [(tries_all_that_it_should, False), (tries_all_that_there_is, False), (rejects_all_but_the_first, True)],
)
def test_a_property_that_tried_less_is_told(check: object, stops: bool) -> None:
    """Hypothesis's own account of a run says whether it tried all that the profile asks for, or all that there is."""
    found: list[Any] = []
    with collector.with_value(found.append):  # type: ignore[arg-type]
        check()  # type: ignore[operator]
    assert (tried(found[-1]).stopped is not None) == stops


def test_parameters_are_no_part_of_an_example() -> None:
    """An example has what was drawn alone, because `--example` takes no more: the node's id has the parameters."""
    error = AssertionError()
    error.add_note("Failing test case: test_it(\n    transform=Transform(make=vmap, mode={'a': 1}),\n    seed=0,\n)")
    assert _falsifying_example(error) == "seed=0"


SUBJECTS = """
import numpy as np
from flax import linen as nn

class Structured(nn.Module):
    def __call__(self, x):
        return np.zeros(2, [("a", "i4"), ("b", "i4")])

SUBJECTS = {"it": {"module": Structured(), "args": (np.ones(2, np.float32),)}}
"""


def test_a_comparison_that_raises_is_no_failure_of_flax(newest: Path, tmp_path: Path) -> None:
    """What the suite cannot compare is recorded as crashed, with the reason, and never as failed."""
    subjects, report = tmp_path / "structured.py", tmp_path / "report.json"
    subjects.write_text(SUBJECTS)
    options = ("--subjects", str(subjects), "-k", "test_call", "-n", "0", "--hypothesis-profile", "quick")
    assert pytest_run(newest, "properties/test_subjects.py", *options, "--report", str(report)).returncode == 1
    record = records_of(report)["subjects.call[it]"]
    assert record["outcome"] == "crashed"
    assert record["reason"].startswith("the suite cannot compare what it got")
