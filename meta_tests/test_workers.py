"""How many pytest workers a run has."""

import re
from pathlib import Path

import pytest

from meta_tests.support.runs import pytest_run
from reports import workers

GIB = 2**30


@pytest.mark.parametrize(
    ("processors", "gib", "number"),
    [(2, 24, 2), (16, 128, 16), (16, 8, 4), (1, 64, 1), (4, 1, 1), (64, 32, 16)],
)
def test_workers_follow_the_machine(monkeypatch: pytest.MonkeyPatch, processors: int, gib: int, number: int) -> None:
    """One for each processor, as far as there is memory."""
    monkeypatch.setattr(workers, "processors", lambda: processors)
    monkeypatch.setattr(workers, "memory", lambda: gib * GIB)
    assert workers.workers() == number


@pytest.mark.parametrize(("asked", "number"), [("", workers.workers()), ("3", 3)])
def test_auto_is_what_the_machine_has_room_for(newest: Path, asked: str, number: int) -> None:
    """`-n auto`, unless the environment says another number."""
    environ = {"PYTEST_XDIST_AUTO_NUM_WORKERS": asked} if asked else {}
    property_ = "properties/test_affine.py::test_zero_input_gives_the_bias"
    run = pytest_run(newest, property_, "-n", "auto", "--hypothesis-profile", "quick", **environ)
    assert re.findall(r"created: (\d+)/", run.stdout) == [str(number)], run.stdout
    assert "1 passed" in run.stdout
