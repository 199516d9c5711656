"""Features that pass alone pass in pairs: what plain Flax refuses as the bridge does is no failure."""

import json
import subprocess
from pathlib import Path

import pytest

from meta_tests.support.runs import ROOT, environment
from properties.support import runtime

# How many pairs there are at least: a way that tries few of them has lost its features.
WAYS = {
    "a part and a step in ToNNX": 4000,
    "two parts in ToNNX": 5000,
    "two steps in ToNNX": 2000,
    "two features in ToLinen": 4000,
}


@pytest.mark.thorough
@pytest.mark.parametrize("way", WAYS)
def test_no_pair_fails(newest: Path, way: str) -> None:
    """Each pair of healthy features is tried in one program, on the newest release."""
    environ = environment(PYTHONHASHSEED="0", PYTEST_XDIST_WORKER="gw0")
    runtime.prepare(environ)
    run = subprocess.run(
        [str(newest), "-m", "meta_tests.support.pairs", way],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert not found["failed"], "\n\n".join("\n".join(one) for one in found["failed"])
    assert found["tried"] >= WAYS[way]
    assert found["refused"] < found["tried"] / 100, "most pairs compare nothing"
