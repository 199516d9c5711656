"""What is settled is what passed with the same code, and nothing else is left out."""

import subprocess
import sys
from pathlib import Path

import pytest

from meta_tests.support import settled
from meta_tests.support.runs import ROOT, environment

TESTS = """
import pytest

@pytest.mark.parametrize("text", ["a", pytest.param("b", marks=pytest.mark.settled("1"))])
def test_text(text):
    assert text

@pytest.mark.settled("1")
def test_wrong():
    assert False
"""


def _run(folder: Path, *options: str) -> str:
    """The last line of a run of the tests in a folder, with the plugin of this suite's tests."""
    command = [sys.executable, "-m", "pytest", str(folder), "-q", "-p", "meta_tests.conftest", *options]
    found = subprocess.run(
        command, cwd=folder, env=environment(PYTHONPATH=str(ROOT)), capture_output=True, text=True, check=False
    )
    return found.stdout.splitlines()[-1].partition(" in ")[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three tests, of which two can be settled, and a list of their own."""
    (tmp_path / "test_texts.py").write_text(TESTS)
    own = tmp_path / "settled.txt"
    (tmp_path / "conftest.py").write_text(
        f"from pathlib import Path\nfrom meta_tests.support import settled\nsettled.FILE = Path({str(own)!r})\n"
    )
    return tmp_path


def test_only_what_passed_with_the_same_code_is_left_out(folder: Path) -> None:
    """A test that failed runs again, and so does one whose code is other; so does all with --thorough."""
    assert _run(folder) == "1 failed, 2 passed"
    assert _run(folder, "--settle") == "1 failed, 2 passed"
    assert _run(folder) == "1 failed, 1 passed, 1 deselected"
    assert _run(folder, "--thorough") == "1 failed, 2 passed"
    (folder / "test_texts.py").write_text(TESTS.replace('settled("1"))]', 'settled("2"))]'))
    assert _run(folder) == "1 failed, 2 passed"


def test_every_settled_test_is_there() -> None:
    """A line of a test that was renamed or removed would say nothing."""
    files = sorted({name.partition("::")[0] for name in settled.read()})
    found = subprocess.run(
        [sys.executable, "-m", "pytest", *files, "--thorough", "--collect-only", "-q"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert settled.read().keys() <= set(found.stdout.splitlines())
