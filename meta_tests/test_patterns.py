"""Programs after public code hold on the newest release, and break under the edit that is named beside each."""

import ast
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from meta_tests.edits.patterns import BREAKS
from meta_tests.support import settled
from meta_tests.support.environments import NEWEST
from meta_tests.support.programs import Programs
from meta_tests.support.runs import modules
from properties.findings import Finding, all_findings

PATTERNS = {path.stem: path for path in modules("patterns")}
_FINDINGS = {one.name: one for one in all_findings()}
_EDITED = Path(__file__).parent / "support" / "edited.py"
# Of a repository and a path in it, and another path.
_AFTER = re.compile(r"After [\w.-]+/[\w.-]+, [\w./-]+\.\w+( and [\w./-]+\.\w+)*\.")
_IMPORTED = {"collections", "flax", "functools", "jax", "numpy", "optax", "re", "typing"}


def _paragraphs(path: Path) -> list[str]:
    """The paragraphs of a program's docstring."""
    return (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n\n")


def _finding(path: Path) -> Finding | None:
    """The finding that a program shows, as the third paragraph of its docstring says."""
    shows = _paragraphs(path)[2:]
    return _FINDINGS[shows[0].removeprefix("Shows ").removesuffix(".")] if shows else None


Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def programs(newest: Path) -> Iterator[Programs]:
    started = Programs(newest)
    yield started
    started.close()


@pytest.fixture
def run(programs: Programs, tmp_path: Path) -> Run:
    """Runs a program in a folder of its own: exit status and output."""
    return lambda path, edit="": programs.run(Path(shutil.copy(path, tmp_path)), edit)


def test_there_are_enough() -> None:
    """At least 25 programs, after at least six repositories."""
    assert len(PATTERNS) >= 25
    assert len({_paragraphs(path)[1].split()[1] for path in PATTERNS.values()}) >= 6


@pytest.mark.parametrize("name", PATTERNS)
def test_program_says_what_it_does_and_after_whom(name: str) -> None:
    """One sentence, repository and path, and where it fails the finding; then a short program that asserts."""
    path = PATTERNS[name]
    first, after, *shows = (" ".join(paragraph.split()) for paragraph in _paragraphs(path))
    assert first.endswith(".") and ". " not in first
    assert _AFTER.fullmatch(after), after
    assert all(re.fullmatch(r"Shows \w+\.", one) for one in shows) and len(shows) <= 1
    lines = path.read_text().splitlines()
    assert len(lines) <= 75
    imported = {line.split()[1].partition(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert imported <= _IMPORTED, imported
    assert "assert" in "\n".join(lines[-8:])


@pytest.mark.parametrize("name", PATTERNS)
def test_program_holds(name: str, run: Run, newest: Path) -> None:
    """On the newest release, or it fails as the finding says that it shows."""
    status, output = run(PATTERNS[name])
    finding, release = _finding(PATTERNS[name]), newest.parent.parent.name.removeprefix("flax")
    if finding is None or not finding.covers(release):
        assert status == 0, output
        return
    raised = [f"{span.exception}: .*({span.message})" for span in finding.fails if span.covers(release)]
    assert any(re.search(pattern, output) for pattern in raised), output


def test_every_program_has_an_edit_that_breaks_it() -> None:
    """Or it shows a finding."""
    assert BREAKS.keys() == {name for name, path in PATTERNS.items() if _finding(path) is None}


def _edited(name: str) -> Any:
    code = settled.digest(PATTERNS[name].read_text(), repr(BREAKS[name]), _EDITED.read_text(), NEWEST)
    return pytest.param(name, marks=pytest.mark.settled(code))


@pytest.mark.parametrize("name", map(_edited, BREAKS))
def test_edit_breaks_the_program(name: str, run: Run, newest: Path) -> None:
    """It raises with the edit, which ``test_edits.py`` shows to be rejected by a property."""
    if NEWEST not in newest.parts:
        pytest.skip(f"the edits are of the source of {NEWEST}, for which this machine has no Python")
    status, output = run(PATTERNS[name], BREAKS[name].name)
    assert status == 1, output
    assert "edited.py" not in output, output
