"""What happens to every setting of a user's shell that could change what is judged: each is named here, and tried."""

import json
from pathlib import Path

import msgspec
import pytest

from meta_tests.support.runs import ROOT, node, pytest_run
from meta_tests.support.sample_reports import passing, report
from reports.compare import incomparable, settings
from reports.gate import running
from reports.gate.gate import Side
from reports.model import Report
from reports.render.gate_words import _about

PROPERTY = node("affine.output_is_x_kernel_plus_bias")
QUICK = ("-n", "0", "--hypothesis-profile", "quick")

# A run of pytest with it ends in one line that names it; test_hard_ground.py tries those of JAX and Flax.
REFUSED = {"PYTHONOPTIMIZE": "1", "PYTHONWARNINGS": "error"}
# The report says it, and two reports that differ in it are not compared.
RECORDED = {
    "JAX_ENABLE_X64": "1",
    "JAX_NUMPY_RANK_PROMOTION": "warn",
    "JAX_DEFAULT_MATMUL_PRECISION": "default",
    "FLAX_PROFILE": "1",
    "NNX_GRAPH_MODE": "0",
    "NPY_PROMOTION_STATE": "weak",
    "NUMPY_EXPERIMENTAL_ARRAY_FUNCTION": "0",
    "XLA_FLAGS": "--xla_allow_excess_precision=false",
}
# What the gate runs never sees it.
NEUTRALISED = {
    "PYTHONOPTIMIZE": "1",
    "PYTHONWARNINGS": "error",
    "PYTHONSTARTUP": "other.py",
    "PYTEST_ADDOPTS": "--deselect=properties/test_affine.py",
    "PYTEST_PLUGINS": "other",
    "IMPL": "other.py",
    "SUBJECTS": "other.py",
    "VIRTUAL_ENV": "other",
}
# Part of the report's selection, so that a run with it is never taken for a whole one.
SELECTING = {
    ("-k", "zero"): "-k 'zero'",
    ("-m", "not skip"): "-m 'not skip'",
    ("--deselect", PROPERTY): f"--deselect {PROPERTY}",
    ("--ignore", "properties/test_jit.py"): "--ignore properties/test_jit.py",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, newest: Path, tmp_path: Path) -> None:
    """The line says what is wrong and what to do; nothing runs, and no report is written."""
    path = tmp_path / "report.json"
    run = pytest_run(newest, PROPERTY, *QUICK, "--report", str(path), **{name: REFUSED[name]})
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in run.stdout.splitlines() if line.startswith("ERROR: ")]
    assert {"PYTHONOPTIMIZE": "unset PYTHONOPTIMIZE", "PYTHONWARNINGS": "leave out -W error"}[name] in line
    assert not path.exists()


def test_warnings_as_errors_are_refused_as_an_option(newest: Path) -> None:
    """-W error is the same by another way."""
    run = pytest_run(newest, PROPERTY, *QUICK, "-W", "error")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: warnings are errors here" in run.stdout


def _with(flags: dict[str, str]) -> Report:
    one = report("0.12.0", passing("affine.zeros"))
    return msgspec.structs.replace(one, environment=msgspec.structs.replace(one.environment, flags=flags))


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_and_compared(name: str) -> None:
    """It keeps a report from being compared with one without it, and the gate shows it with the versions."""
    changed = _with({name: RECORDED[name]})
    shown = RECORDED[name] if name == "XLA_FLAGS" else f"{name}={RECORDED[name]}"
    assert settings(changed.environment) == [shown]
    (doubt,) = incomparable(_with({}), changed)
    assert shown in doubt
    assert _about(Side("x", changed)).endswith(f", {shown}")


def test_what_is_recorded_reaches_the_report(newest: Path, tmp_path: Path) -> None:
    """A run under these settings says all of them; the suite's own are there, and count as none."""
    path = tmp_path / "report.json"
    harmless = {"FLAX_PROFILE": "0", "NNX_SETTING": "1", "NPY_SETTING": "1", "NUMPY_SETTING": "1"}
    assert pytest_run(newest, PROPERTY, *QUICK, "--report", str(path), **harmless).returncode == 0
    environment = msgspec.convert(json.loads(path.read_text()), Report).environment
    assert settings(environment) == sorted(f"{name}={value}" for name, value in harmless.items())
    assert environment.flags["JAX_DEFAULT_MATMUL_PRECISION"] == "highest"


@pytest.mark.parametrize("name", NEUTRALISED)
def test_neutralised(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not among the variables that a run of the gate gets."""
    monkeypatch.setenv(name, NEUTRALISED[name])
    assert name not in running._environ()


def test_hash_seed_is_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two releases keep names in the order of a set, so that their defects would come and go."""
    monkeypatch.setenv("PYTHONHASHSEED", "5")
    assert running._environ()["PYTHONHASHSEED"] == "0"


@pytest.mark.parametrize("options", SELECTING)
def test_selecting(options: tuple[str, str], newest: Path, tmp_path: Path) -> None:
    """The report says what was left out."""
    path = tmp_path / "report.json"
    run = pytest_run(newest, *options, "-k", "zero", *QUICK, "--report", str(path))
    assert run.returncode in (0, pytest.ExitCode.NO_TESTS_COLLECTED), run.stdout
    assert SELECTING[options] in json.loads(path.read_text())["suite"]["selection"]


def test_conftest_above_is_not_used(newest: Path, tmp_path: Path) -> None:
    """What a user's own conftest.py in a folder above says reaches no property."""
    copy = tmp_path / "above" / "suite"
    copy.parent.mkdir()
    (copy.parent / "conftest.py").write_text("raise SystemExit('it was read')\n")
    copy.symlink_to(ROOT)
    run = pytest_run(newest, PROPERTY, *QUICK, "--rootdir", str(copy), "-c", str(copy / "pyproject.toml"))
    assert run.returncode == 0, run.stdout
