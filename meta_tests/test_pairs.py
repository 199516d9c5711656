"""Features that pass alone pass in pairs: what plain Flax refuses as the bridge does is no failure."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from meta_tests.support.runs import ROOT, environment

# How many pairs there are at least: a way that tries few of them has lost its features.
WAYS = {"part+step": 4000, "part+part": 5000, "step+step": 2000, "in_to_linen": 4000}


def _run(python: Path, name: str) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-m", "meta_tests.pairs", name]
    environ = environment(PYTHONHASHSEED="0", NPROC="1")
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


def _answers(run: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run.stdout.splitlines() if line.startswith('{"tried"')]


@pytest.mark.thorough
@pytest.mark.parametrize("way", WAYS)
def test_no_pair_fails(newest: Path, way: str) -> None:
    """Each pair of healthy features is tried in one program, on the newest release."""
    run = _run(newest, way)
    (found,) = _answers(run)
    assert not found["failed"], "\n\n".join("\n".join(one) for one in found["failed"])
    assert run.returncode == 0, run.stderr
    assert found["tried"] >= WAYS[way]
    assert found["refused"] < found["tried"] / 100, "many pairs compare nothing"


def test_pairs_of_one_feature(newest: Path) -> None:
    """Only those are tried; one that is no feature is refused in a line."""
    run = _run(newest, "keyword_arguments")
    (found,) = _answers(run)
    assert run.returncode == 0, run.stderr
    assert 50 < found["tried"] < 200
    refused = _run(newest, "no_such_feature")
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].startswith("no_such_feature: neither a feature nor one of part+step, ")
