"""The suite on hard ground: under each condition of the table it does what the table says."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from meta_tests.hard_ground.condition import Condition, Differs, Refused
from meta_tests.hard_ground.conditions import CONDITIONS, FLAGS
from meta_tests.hard_ground.places import NoPlace
from meta_tests.hard_ground.trying import SELECTION, Tried, shows, tried
from meta_tests.support.environments import NEWEST
from meta_tests.support.runs import ROOT, environment
from reports.errors import CannotTell
from reports.gate.environments import build, find_python, resolve
from reports.gate.target import Pins
from reports.plugin.unfit_settings import unfit_setting
from reports.releases import report_of

_PLAIN = Condition("none")


def _name(condition: Condition) -> str:
    return condition.name


def _rows() -> list[Any]:
    return [pytest.param(one, id=one.name, marks=[] if one.quick else pytest.mark.thorough) for one in CONDITIONS]


@pytest.fixture(scope="session")
def without(newest: Path, tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """The selection without any condition."""
    return tried(newest, _PLAIN, tmp_path_factory.mktemp("without"))


@pytest.fixture
def python_for(newest: Path) -> Callable[[Condition], Path]:
    """The Python of the newest release, or another one with the newest Flax."""

    def of(condition: Condition) -> Path:
        if condition.python is None:
            return newest
        pins = Pins((Requirement(NEWEST.replace("flax", "flax==")),))
        try:
            return build(resolve(condition.name, pins, find_python(condition.python))).python
        except CannotTell as reason:
            pytest.skip(str(reason))

    return of


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("condition", _rows())
def test_condition(
    condition: Condition, without: Tried, python_for: Callable[[Condition], Path], tmp_path: Path
) -> None:
    """The outcomes are those of a run without it, but for what the table names; or one line refuses the run."""
    try:
        under = tried(python_for(condition), condition, tmp_path)
    except NoPlace as reason:
        pytest.skip(str(reason))
    if isinstance(condition.expected, Refused):
        assert under.status == pytest.ExitCode.USAGE_ERROR, under.output
        assert under.errors == [condition.expected.line.format(place=tmp_path / "place")]
        assert not under.records
    else:
        expected = condition.expected.outcomes if isinstance(condition.expected, Differs) else {}
        assert without.differences(under) == expected, under.output
        assert under.status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


def test_without_any_condition(without: Tried) -> None:
    """The whole selection runs and has the outcomes of the evidence, so that there is something to differ from."""
    evidence = report_of(NEWEST.removeprefix("flax")).by_id
    assert {name: record["outcome"] for name, record in without.records.items()} == {
        name: evidence[name].outcome for name in SELECTION
    }


@pytest.mark.parametrize("condition", [one for one in CONDITIONS if isinstance(one.expected, Differs)], ids=_name)
def test_flax_differs(condition: Condition, newest: Path) -> None:
    """A program passes without the condition, and raises under it; it uses the bridge only if that alone differs."""
    assert isinstance(condition.expected, Differs)
    program = condition.expected.shown_by
    assert ("bridge" in program) == condition.expected.of_the_bridge
    assert shows(newest, program, _PLAIN)
    assert not shows(newest, program, condition)


def test_every_flag_of_flax_has_a_row(newest: Path) -> None:
    """The newest release has the flags of the table, with these defaults, and no others."""
    ask = "import json; from flax.configurations import config; print(json.dumps(config._values))"
    found = json.loads(subprocess.check_output([str(newest), "-c", ask], env=environment(), text=True))
    shown = {name.upper(): "" if value is None else str(int(value)) for name, value in found.items()}
    assert shown == {name: default for name, (default, _, _) in FLAGS.items()}


def test_every_chapter_of_the_suite_is_selected() -> None:
    """But that of a user's models, which does not run without them."""
    chapters = {path.stem.removeprefix("test_") for path in (ROOT / "properties").glob("test_*.py")}
    assert {name.partition(".")[0] for name in SELECTION} == chapters - {"models"}


@pytest.mark.parametrize("value", ["0", "false", "", "standard", "allow", "warn"])
def test_setting_that_changes_nothing_is_no_refusal(value: str) -> None:
    """What is off is not refused."""
    settings = ("JAX_DEBUG_NANS", "JAX_NUMPY_RANK_PROMOTION", "JAX_NUMPY_DTYPE_PROMOTION", "JAX_DISABLE_JIT")
    assert [unfit_setting({name: value}) for name in settings] == [None] * 4
