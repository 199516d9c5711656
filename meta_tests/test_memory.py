"""A long run does not die of the memory maps that its compiled programs take."""

import subprocess
from pathlib import Path

import pytest

from meta_tests.support.runs import ROOT, environment

RUN = """
import sys
from pathlib import Path
import jax
from hypothesis import given, settings, strategies as st
from impl.implementation import Implementation
from properties.support import memory, transforms

memory._LIMIT = Path(sys.argv[1])
implementation = Implementation("none", lambda seed, x, features: x)
before = transforms.compiled_entry(implementation)
traces = []

@jax.jit
def compiled(x):
    traces.append(x)
    return x

@settings(max_examples=100, database=None, deadline=None)
@given(number=st.integers())
def property_(number):
    compiled(1.0)

with memory.bounded(property_):
    property_()
print(len(traces), transforms.compiled_entry(implementation) is before)
"""
# A history is no property of Hypothesis's.
HISTORY = """
import sys
from functools import partial
from pathlib import Path
from hypothesis import settings
from properties.support import memory, seeds
from properties.support.histories import History, histories

memory._LIMIT = Path(sys.argv[1])
memory.drop_programs = lambda: dropped.append(len(examples))
settings.register_profile("short", max_examples=8 * 25, database=None, derandomize=True)
settings.load_profile("short")
dropped, examples = [], []

@histories(partial(History, kind="parameters"))
def search(program):
    examples.append(program)

with seeds.running("histories.search", search), memory.bounded(search):
    search()
print(dropped, len(examples) >= 25)
"""


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux limits memory maps")
@pytest.mark.parametrize(("limit", "expected"), [(10, "10 False"), (10**9, "1 True")])
def test_programs_are_dropped_where_they_are_many(newest: Path, tmp_path: Path, limit: int, expected: str) -> None:
    """Between examples, and what counts traces begins anew; where they are few, nothing is traced again."""
    assert _printed(newest, tmp_path, RUN, limit) == expected


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux limits memory maps")
@pytest.mark.parametrize(("limit", "expected"), [(10, "[0, 10, 20] True"), (10**9, "[] True")])
def test_histories_drop_programs_too(newest: Path, tmp_path: Path, limit: int, expected: str) -> None:
    """They take the most maps."""
    assert _printed(newest, tmp_path, HISTORY, limit) == expected


def _printed(python: Path, folder: Path, program: str, limit: int) -> str:
    (folder / "limit").write_text(str(limit))
    (folder / "run.py").write_text(program)
    run = subprocess.run(
        [str(python), str(folder / "run.py"), str(folder / "limit")],
        cwd=folder,
        env=environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()
