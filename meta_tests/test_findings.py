"""What is ready to be reported upstream: on the newest release each program prints what the text says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from meta_tests.environments import NEWEST
from meta_tests.programs import Programs
from meta_tests.runs import ROOT
from properties.known_failures import all_known

FINDINGS = sorted((ROOT / "reports" / "findings").glob("*.md"))
RELEASE = NEWEST.removeprefix("flax")


@pytest.fixture(scope="module")
def programs(newest: Path) -> Iterator[Programs]:
    if newest.parent.parent.name != NEWEST:
        pytest.skip(f"the findings are of {RELEASE}")
    started = Programs(newest)
    yield started
    started.close()


def _block(finding: Path, language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", finding.read_text(), re.DOTALL | re.MULTILINE)
    assert found, f"no block of {language}"
    return found[1]


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda path: path.stem)
def test_program_prints_what_the_text_says(finding: Path, programs: Programs, tmp_path: Path) -> None:
    """The program runs to its end and prints the lines that stand below it."""
    program = tmp_path / "program.py"
    program.write_text(_block(finding, "python"))
    status, output = programs.run(program)
    said = [line for line in output.splitlines() if "Warning" not in line and not line.startswith("  ")]
    assert (status, said) == (0, _block(finding, "text").splitlines()), output


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda path: path.stem)
def test_property_is_a_known_failure_of_the_newest_release(finding: Path) -> None:
    """The text names the release, and properties that are known to fail there."""
    text = finding.read_text()
    named = re.findall(r"\w+\.program_agrees\[\w+\]", text)
    known = {name for one in all_known() if one.covers(RELEASE) for name in one.properties}
    assert f"Flax {RELEASE}, " in text
    assert named
    assert set(named) <= known
