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


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux limits memory maps")
@pytest.mark.parametrize(("limit", "expected"), [(10, "10 False"), (10**9, "1 True")])
def test_programs_are_dropped_where_they_are_many(newest: Path, tmp_path: Path, limit: int, expected: str) -> None:
    """Between examples, and what counts traces begins anew; where they are few, nothing is traced again."""
    (tmp_path / "limit").write_text(str(limit))
    (tmp_path / "run.py").write_text(RUN)
    run = subprocess.run(
        [str(newest), str(tmp_path / "run.py"), str(tmp_path / "limit")],
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == f"{expected}\n", run.stderr
