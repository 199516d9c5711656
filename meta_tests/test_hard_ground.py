"""The suite on hard ground: under each condition of the table it does what the table says."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from packaging.requirements import Requirement

from meta_tests.hard_ground.condition import Condition, Differs, Refused
from meta_tests.hard_ground.conditions import CONDITIONS, FLAGS
from meta_tests.hard_ground.places import NoPlace
from meta_tests.hard_ground.trying import SELECTION, Tried, shows, tried
from meta_tests.support.runs import ROOT, environment
from reports.errors import CannotTell
from reports.gate import running
from reports.gate.environments import Installation, build, find_python, resolve
from reports.gate.target import Pins
from reports.plugin.unfit_settings import unfit_setting
from reports.releases import report_of
from reports.releases.rows import rows

_PLAIN = Condition("none")


def _name(condition: Condition) -> str:
    return condition.name


def _rows() -> list[Any]:
    return [pytest.param(one, id=one.name, marks=[] if one.quick else pytest.mark.thorough) for one in CONDITIONS]


@pytest.fixture
def release_for(newest: Path) -> Callable[[Condition], tuple[Path, str]]:
    """A Python, and the release that it has: the newest, or the newest for the condition's version of Python."""

    def of(condition: Condition) -> tuple[Path, str]:
        if condition.python is None:
            return newest, newest.parent.parent.name.removeprefix("flax")
        try:
            python = find_python(condition.python)
            release = rows().newest(condition.python)
            return build(resolve(condition.name, Pins((Requirement(f"flax=={release}"),)), python)).python, release
        except CannotTell as reason:
            pytest.skip(str(reason))

    return of


def _evidence(release: str) -> Tried:
    """What the committed evidence says of the selection: a run without any condition."""
    records = msgspec.to_builtins(report_of(release).properties)
    return Tried(0, "", {record["id"]: record for record in records if record["id"] in SELECTION})


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("condition", _rows())
def test_condition(condition: Condition, release_for: Callable[[Condition], tuple[Path, str]], tmp_path: Path) -> None:
    """The outcomes are those of the evidence, but for what the table names; or one line refuses the run."""
    python, release = release_for(condition)
    try:
        under = tried(python, condition, tmp_path)
    except NoPlace as reason:
        pytest.skip(str(reason))
    if isinstance(condition.expected, Refused):
        assert under.status == pytest.ExitCode.USAGE_ERROR, under.output
        assert under.errors == [condition.expected.line.format(place=tmp_path / "place")]
        assert not under.records
    else:
        expected = condition.expected.outcomes if isinstance(condition.expected, Differs) else {}
        assert _evidence(release).differences(under) == expected, under.output
        assert under.status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


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


def test_gate_repeats_the_refusal(newest: Path) -> None:
    """A run of the gate that is refused says which setting to unset."""
    line = "setting JAX_DEBUG_NANS=1 raises for the NaN that properties pass: unset JAX_DEBUG_NANS"
    said = running._why(Installation("flax", newest, {}), pytest.ExitCode.USAGE_ERROR, f"…\nERROR: {line}\n\n")
    assert type(said) is running.DidNotRun
    assert str(said).endswith(f": {line}")
