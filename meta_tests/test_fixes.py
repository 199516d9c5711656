"""The fixes that findings suggest for Flax: with each the witness does not raise any more."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from meta_tests.support import settled
from meta_tests.support.environments import NEWEST, NoPython, copy_flax, python_of
from meta_tests.support.runs import environment
from properties.findings import Finding, all_findings

FIXED = [one for one in all_findings() if one.fix]
NAMED = {one.name: one for one in FIXED}


@pytest.fixture(scope="session")
def python(session_path: Path) -> Path:
    try:
        return python_of(NEWEST, session_path)
    except NoPython as reason:
        pytest.skip(str(reason))


def _tried(finding: Finding) -> Any:
    code = settled.digest(finding.fix, finding.witness, NEWEST)
    return pytest.param(finding, id=finding.name, marks=pytest.mark.settled(code))


@pytest.mark.parametrize("finding", map(_tried, FIXED))
def test_witness_does_not_raise_with_the_fix(finding: Finding, python: Path, tmp_path: Path) -> None:
    """Of a copy of the newest release, to which the diff applies."""
    done = _run(python, tmp_path, finding.fix, finding.witness)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("fix", ["", NAMED["tabulate_raises"].fix], ids=["none", "another"])
def test_witness_raises_with_another_fix(fix: str, python: Path, tmp_path: Path) -> None:
    """What passes shows the fix, and not only the copy."""
    done = _run(python, tmp_path, fix, NAMED["lazy_init_ignores_mutable"].witness)
    assert done.stderr.rstrip().endswith("AssertionError")


def test_fix_that_does_not_fit_is_named(python: Path, tmp_path: Path) -> None:
    """The diff is of the newest release as it is."""
    with pytest.raises(subprocess.CalledProcessError):
        _run(python, tmp_path, NAMED["lazy_init_ignores_mutable"].fix.replace("init_with_output", "init"), "")


def _run(python: Path, folder: Path, fix: str, program: str) -> "subprocess.CompletedProcess[str]":
    """A program with a copy of Flax after a fix, which is deleted again."""
    copy = folder / "flax"
    copy_flax(python, copy)
    if fix:
        # Outside of any repository, in which git would look for the files.
        ceiling = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder)}
        subprocess.run(["git", "apply"], cwd=folder, env=ceiling, input=fix, text=True, check=True)
    checked = f"import flax\nassert flax.__file__.startswith({str(copy)!r})\n{program}"
    environ = environment(PYTHONPATH=str(folder), JAX_PLATFORMS="cpu", PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run([python, "-c", checked], cwd=folder, env=environ, capture_output=True, text=True, check=False)
    shutil.rmtree(copy)
    return done
