"""The benchmark's history: what became worse is red by name and not added."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from meta_tests.bench import history, page
from meta_tests.bench.__main__ import PARTS, accept, added, main
from meta_tests.bench.history import Line
from meta_tests.bench.measured import Measured
from meta_tests.bench.process import ROOT
from meta_tests.bench.sampling import COMPILER, SUITE, owner_of
from meta_tests.bench.verdict import BenchVerdict
from reports.errors import BadInput
from reports.plugin.record import PROGRAM_FILE

_MEASURED = Measured(
    ["a table"],
    [BenchVerdict("times naive", 10.0, least=5), BenchVerdict("imports", 70.0, most=60)],
    {"affine": 10.0, "jit": 4.0},
)
_LINE = Line("whole", "2026-01-02", "flax 0.12.12, 2 cores", _MEASURED)


def test_first_measurement_is_added(tmp_path: Path) -> None:
    """With nothing before it; the page shows its table, and what it misses."""
    assert added(_LINE, tmp_path) == 0
    assert history.read(tmp_path) == [_LINE]
    shown = (tmp_path / "RESULT.md").read_text()
    assert "a table" in shown and "MISSED  imports: 70.00 (target <= 60)" in shown
    assert "| 2026-01-02 | times naive | 10.00 |" in shown


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"costs": {"affine": 10.0, "jit": 8.1}}, "jit costs 8.1 imports of flax.nnx; it was 4.0"),
        ({"verdicts": [BenchVerdict("times naive", 4.0, least=5)]}, "no longer met: times naive: 4.00"),
    ],
)
def test_what_became_worse_is_red(
    now: dict[str, object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By name, and it is added only if that is accepted, for which nothing is measured again."""
    line = replace(_LINE, measured=replace(_MEASURED, **now))  # type: ignore[arg-type]
    added(_LINE, tmp_path)
    assert added(replace(line, day="2026-01-03"), tmp_path) == 1
    assert capsys.readouterr().err.splitlines() == [said, "whole: not added; --accept adds it, and measures nothing"]
    assert added(line, tmp_path) == 1
    assert history.read(tmp_path) == [_LINE]
    accept(tmp_path)
    assert history.read(tmp_path) == [_LINE, line]
    assert "2026-01-03" not in (tmp_path / "RESULT.md").read_text()


def test_nothing_to_accept_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a line, also after it was accepted; and a part to measure is no part to accept."""
    with pytest.raises(BadInput, match="--accept: no measurement was refused"):
        accept(tmp_path)
    added(_LINE, tmp_path)
    added(replace(_LINE, measured=replace(_MEASURED, costs={"jit": 9.0})), tmp_path)
    accept(tmp_path)
    with pytest.raises(BadInput, match="measure first"):
        accept(tmp_path)
    with pytest.raises(SystemExit):
        main(["whole", "--accept"])
    assert "--accept measures nothing: name no part" in capsys.readouterr().err


def test_what_is_no_worse_is_green(tmp_path: Path) -> None:
    """A chapter up to twice as dear, a new chapter, a target that was missed before, and another part."""
    added(_LINE, tmp_path)
    costs = {"affine": 20.0, "new": 100.0}
    assert added(replace(_LINE, measured=replace(_MEASURED, costs=costs)), tmp_path) == 0
    other = replace(_LINE, part="speed", measured=replace(_MEASURED, costs={"jit": 900.0}))
    assert added(other, tmp_path) == 0


@pytest.mark.parametrize(
    ("files", "owner"),
    [
        (["{root}/properties/test_jit.py", "{installed}/jax/_src/api.py"], "JAX"),
        (["{installed}/flax/nnx/graphlib.py", "{installed}/numpy/lib.py", "/usr/lib/python3.12/ast.py"], "Flax"),
        (["{installed}/hypothesis/core.py", "{root}/properties/test_jit.py"], SUITE),
        (["{installed}/jax/_src/pjit.py", PROGRAM_FILE], SUITE),
        (["{installed}/jax/_src/compiler.py", "{installed}/jax/_src/path.py"], COMPILER),
    ],
)
def test_time_is_that_of_the_innermost_owner(files: list[str], owner: str) -> None:
    """The standard library and NumPy work for whoever calls them, and what JAX does to compile is the compiler's."""

    def asked() -> str:
        return owner_of(sys._getframe(1))

    found: Callable[[], str] = asked
    for name in reversed(files):
        path = name.format(root=ROOT, installed=ROOT / ".tox/flax/lib/python3.12/site-packages")
        namespace: dict[str, Any] = {"found": found}
        exec(compile("def call():\n    return found()", path, "exec"), namespace)
        found = namespace["call"]
    assert found() == owner


def test_committed_history_has_each_part() -> None:
    """The page is made from it, and chapters have their costs; what a failure costs takes hours, and may be missing."""
    lines = history.read()
    assert {*PARTS} - {line.part for line in lines} <= {"failures"}
    assert (history.FOLDER / page.NAME).read_text(encoding="utf-8") == page.page(lines)
    whole = history.last(lines, "whole")
    assert whole is not None and whole.measured.costs
