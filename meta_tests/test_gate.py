"""The gate as a user types it, on real Flax releases: each answer, each exit code."""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from meta_tests.support.runs import ROOT, environment
from meta_tests.support.sample_reports import failing, observing, passing, report
from reports.command.parser import parser
from reports.errors import CannotTell
from reports.gate import gate as upgrade_gate
from reports.gate import running
from reports.gate.environments import Installation, find_python
from reports.gate.gate import Request, Side
from reports.gate.nodeids import is_expression
from reports.gate.running import Killed, Options, run_properties, silent
from reports.model import Report, Suite, text_of

SAFE, REGRESSION, BAD_INPUT, CANNOT_TELL = range(4)
LAYER = "output_is_x_kernel_plus_bias"
QUICK = ("--profile", "quick")
REPORTS = ("0.12.6", "0.12.7")


def command(*arguments: str, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    """``python -m reports`` with these arguments."""
    return subprocess.run(
        [sys.executable, "-m", "reports", *arguments],
        cwd=cwd,
        env=environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
    )


def gate(*arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the answer of a gate, which must not show a traceback."""
    done = command("gate", *arguments, "--format", "json")
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout) if done.stdout else {"error": done.stderr}


def properties(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {found["id"]: found for found in answer["properties"]}


@pytest.fixture(scope="session", autouse=True)
def _python() -> None:
    try:
        find_python("3.12")
    except CannotTell as reason:
        pytest.skip(str(reason))


@pytest.mark.timeout(1200)
def test_upgrade_that_changes_nothing_is_safe() -> None:
    """From 0.12.10 to 0.12.12 the layer holds, and checkpoints cross both ways bit for bit."""
    status, answer = gate("flax==0.12.10", "flax==0.12.12", *QUICK, "-k", LAYER)
    assert status == SAFE, answer
    found = properties(answer)
    assert found[f"affine.{LAYER}"]["verdict"] == "same"
    assert "bit for bit" in str(found["checkpoints.from OLD to NEW"]["notes"])
    assert found["checkpoints.from NEW to OLD"]["verdict"] == "same"


@pytest.mark.timeout(1200)
def test_regression_is_replayed_and_blocks() -> None:
    """From 0.10.5 back to 0.10.4 two layers of one Rngs become alike; the example holds on OLD when it is replayed."""
    status, answer = gate("flax==0.10.5", "flax==0.10.4", *QUICK, "-k", "children_of_one_rngs")
    assert status == REGRESSION, answer
    found = properties(answer)["lazy_init.children_of_one_rngs_differ"]
    assert found["verdict"] == "regressed"
    (replayed,) = found["notes"]
    assert found["reason"].startswith("`ToNNX` layers built from one `nnx.Rngs` get the same initial weights")
    assert "holds on OLD" in replayed
    assert found["failure"]["reproducer"]


@pytest.mark.thorough
@pytest.mark.timeout(1200)
def test_drift_is_attributed_and_fails_only_when_strict() -> None:
    """From 0.11.2 to 0.12.0 the state's paths move, by Flax and not by jax, and with them those of checkpoints."""
    status, answer = gate("flax==0.11.2", "flax==0.12.0", *QUICK, "-k", "paths_of_the_state", "--attribute", "--strict")
    assert status == REGRESSION
    assert answer["answer"] == "safe with drift"
    found = properties(answer)["lazy_init.paths_of_the_state"]
    assert found["verdict"] == "drifted"
    assert found["notes"][0].startswith("changed by flax:")
    assert "checkpoint" in found["advice"]
    renamed = properties(answer)["checkpoints.from OLD to NEW"]
    assert renamed["verdict"] == "drifted"
    moved = "linen_dense/rngs/default/key → linen_dense/to_nnx__rngs/default/key"
    assert f"RNG keys and counts: {moved} (restored only if you rename the path)" in renamed["notes"]


@pytest.mark.timeout(1200)
def test_flax_that_cannot_be_imported_is_a_regression() -> None:
    """0.12.8 with a jax that came later installs and cannot be imported, which is said in those words."""
    status, answer = gate("flax==0.12.8", "flax==0.12.8,jax==0.12.0.1", *QUICK, "-k", LAYER)
    assert status == REGRESSION, answer
    (found,) = answer["properties"]
    assert found["notes"][0].startswith("flax 0.12.8 with jax 0.12.0.1 cannot be imported: ")
    status, answer = gate("flax==0.12.8,jax==0.12.0.1", "flax==0.12.8", *QUICK, "-k", LAYER)
    assert status == CANNOT_TELL, answer


def test_what_cannot_be_installed_cannot_be_told() -> None:
    """A release that does not exist is neither a pass nor a regression."""
    status, answer = gate("flax==0.12.12", "flax==0.99.0", *QUICK, "-k", LAYER)
    assert status == CANNOT_TELL
    assert "flax==0.99.0 cannot be installed: " in answer["properties"][0]["notes"][0]


KILLING = """
import os, signal
from impl.linen_inside_nnx import linen_inside_nnx as reference

def linen_inside_nnx(seed, x, features):
    if seed > 100:
        os.kill(os.getpid(), signal.SIGKILL)
    return reference(seed, x, features)
"""


@pytest.mark.timeout(1200)
def test_property_whose_process_is_killed_cannot_be_told(tmp_path: Path) -> None:
    """Where a process dies on OLD there is nothing to compare with."""
    killing = tmp_path / "killing.py"
    killing.write_text(KILLING)
    status, answer = gate("flax==0.12.10", "flax==0.12.12", *QUICK, "-k", LAYER, "--impl", str(killing))
    assert status == CANNOT_TELL, answer
    assert properties(answer)[f"affine.{LAYER}"]["verdict"] == "incomparable"


@pytest.mark.timeout(1200)
def test_two_gates_at_once_share_what_they_make() -> None:
    """Two gates that want the same new environment at the same moment both answer."""
    arguments = ["gate", "flax==0.12.9", "flax==0.12.9", *QUICK, "-k", LAYER]
    gates = [
        subprocess.Popen([sys.executable, "-m", "reports", *arguments], cwd=ROOT, env=environment()) for _ in range(2)
    ]
    assert [one.wait() for one in gates] == [SAFE, SAFE]


def _written(folder: Path, name: str, content: Report) -> str:
    (folder / name).write_text(text_of(content))
    return str(folder / name)


GOOD = report("0.12.10", passing("affine.zeros"), observing("determinism.weights", {"seed 0": "0.5"}))


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (GOOD, SAFE),
        (report("0.12.12", passing("affine.zeros"), observing("determinism.weights", {"seed 0": "0.1"})), SAFE),
        (report("0.12.12", passing("affine.zeros")), REGRESSION),
        (msgspec.structs.replace(GOOD, suite=Suite({"affine.zeros": "another"}, "gate")), CANNOT_TELL),
        (msgspec.structs.replace(GOOD, complete=False), CANNOT_TELL),
    ],
)
def test_two_reports_are_compared_without_any_environment(new: Report, expected: int, tmp_path: Path) -> None:
    """Reports that were made elsewhere are enough for an answer."""
    status, _ = gate(_written(tmp_path, "old.json", GOOD), _written(tmp_path, "new.json", new))
    assert status == expected


def test_regression_of_a_report_without_its_environment_still_blocks(tmp_path: Path) -> None:
    """Where OLD cannot be built again to replay on, the failure stays a regression and the note says so."""
    old = report("0.99.0", passing("affine.zeros"))
    new = report("0.12.12", failing("affine.zeros"))
    status, answer = gate(_written(tmp_path, "old.json", old), _written(tmp_path, "new.json", new), "--replay")
    assert status == REGRESSION
    assert "not replayed on OLD" in answer["properties"][0]["notes"][0]


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("options", "is_run"), [((), False), (("--replay",), True)])
def test_nothing_in_a_report_is_run_unless_asked_for(options: tuple[str, ...], is_run: bool, tmp_path: Path) -> None:
    """The example of a report that is given runs with --replay alone; without it the failure stays a regression."""
    trace, named = tmp_path / "trace", "generated.mixed_program_agrees"
    failure = failing(named).failure
    assert failure is not None
    program = f"from pathlib import Path\nassert Path({str(trace)!r}).write_text('run')\n"
    new = failing(named, failure=msgspec.structs.replace(failure, falsifying_example=f"program=Program({program!r})"))
    old = report("0.12.12", passing(named))
    packages = {"flax": "0.12.12", "jax": "0.12.0.1", "hypothesis": "6.170.15"}
    sides = [_in(packages, side) for side in (old, report("0.12.12", new))]
    status, answer = gate(_written(tmp_path, "old.json", sides[0]), _written(tmp_path, "new.json", sides[1]), *options)
    (found,) = answer["properties"]
    assert (status, trace.exists()) == (REGRESSION, is_run)
    assert ("holds on OLD" in found["notes"][-1], "--replay" in found["notes"][-1]) == (is_run, not is_run)


def _in(packages: dict[str, str], side: Report) -> Report:
    environment = msgspec.structs.replace(side.environment, packages=packages)
    return msgspec.structs.replace(side, environment=environment)


# What users give for a release, and what only the gate takes.
_ODD = ("latest", "v0.10.7", "0.12.12rc1", "flax>=0.12", "flax==0.12.10,jax==0.11.0", "none.txt", "pyproject.toml")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gate", "none.json", "flax==0.12.12"), "none.json: no such file"),
        (("gate", "flax=0.12.12", "flax==0.12.12"), "neither a file nor pins"),
        (("gate", "jax==0.7.0", "flax==0.12.12"), "name no flax"),
        (("gate", "flax==0.12.10", "meta_tests"), "without Flax's pyproject.toml"),
        (("gate", "flax==0.12.10", "flax==0.12.12", "--impl", "none.py"), "--impl none.py: no such file"),
        (("gate", "flax==0.12.10", "flax==0.12.12", "--allow", "none.toml"), "none.toml: "),
        (("gate", "flax==0.12.12", "0.12.10", *QUICK), "was made with --profile gate, the other"),
        (("gate", "flax==0.12.10"), "required: NEW"),
        (("gate", "flax==0.12.10", "flax==0.12.12", "-k", "and and"), "-k 'and and': no expression of pytest's"),
        (("gate", *REPORTS, "--impl", "nope"), "--impl: both sides are reports"),
        (("gate", *REPORTS, "--subjects", "nope"), "--subjects: both sides are reports"),
        (("gate", *REPORTS, "--models", "nope"), "--models: both sides are reports"),
        (("gate", *REPORTS, "-k", "affine", "--python", "3.99"), "-k, --python: both sides are reports"),
        (("gate", *REPORTS, "--profile", "gate"), "--profile: both sides are reports"),
        (("gate", "LICENSE.json", "LICENSE"), "no such file"),
        (("gate", "0.12.6", "0.12.99"), "no evidence of flax 0.12.99; nearest: 0.12.12"),
        (("upgrade", "0.12.6", "0.12.11"), "no evidence of flax 0.12.11; nearest: 0.12.10, 0.12.12"),
        *(
            (("upgrade", "0.12.6", name), "neither a release (such as 0.12.12) nor a report file; for pins and")
            for name in _ODD
        ),
        (("upgrade", "", "0.12.6"), "(nothing): neither a release"),
        (("gate", "", "0.12.6"), "(nothing): give a release"),
        (("gate", "nope", "0.12.6"), "'nope': neither a file nor pins; give for example flax==0.12.12\n"),
        (("gate", *REPORTS, "--allow", "none.toml"), "reports: none.toml: No such file or directory; give the file of"),
        (("finding", "nobody_has_this"), "no finding 'nobody_has_this'"),
        (("finding", "metadata_of_variables", "--format", "program"), "nothing fails, so no program shows it"),
        (("finding", "a", "b"), "usage: python -m reports finding "),
        (("changes", "a", "b"), "usage: python -m reports changes "),
        (("schema", "a"), "usage: python -m reports schema "),
        (("changes", "0.9.0"), "it is the oldest release"),
        *(
            (("upgrade", *REPORTS, "--uses", uses), "--uses (nothing): no topic; choose from sharding, ")
            for uses in ("", ",")
        ),
        (("gate", *REPORTS, "--uses", "shardin"), "--uses shardin: no topic (did you mean sharding?)"),
        (("bisect", "affine.none", "flax==0.10.4", "flax==0.10.5"), "no property 'affine.none'"),
        (
            ("bisect", "subjects.call", "flax==0.10.4", "flax==0.10.5"),
            "no evidence of a property 'subjects.call'; nearest: ",
        ),
        (
            ("bisect", "subjects.call[Nobody]", "flax==0.10.4", "flax==0.10.5"),
            "no evidence of a property 'subjects.call[Nobody]'",
        ),
        (("bisect", f"affine.{LAYER}[x]", "flax==0.10.4", "flax==0.10.5"), f"nearest: affine.{LAYER}"),
        (("bisect", f"affine.{LAYER}", "flax==0.10.5", "flax==0.10.4"), "older side first"),
        (("bisect", f"affine.{LAYER}", "0.10.5", "0.10.4"), "older side first"),
        (("bisect", f"affine.{LAYER}", "flax>=0.10", "flax==0.10.4"), "one release of flax"),
        (("merge", "none.json", "-o", "out.json"), "none.json: "),
        (("merge", "none*.json", "-o", "out.json"), "no report matches"),
        (("matrix", "none.json", "-o", "out"), "none.json: "),
        (("table", "reports/none*.json"), "no report matches"),
        (("matrix", "0.12.12", "-o", "LICENSE/site"), "LICENSE is no folder; choose another"),
        (("merge", "one.json", "-o", "."), ".: it is a folder; choose another place"),
        (("merge", "one.json", "-o", ""), ".: it is a folder; choose another place"),
        (("gate", *REPORTS, "--output", "json=."), ".: it is a folder; choose another place"),
        (
            ("gate", "pyproject.toml", "0.12.7", "--output", "json=pyproject.toml"),
            "it would overwrite that side; choose another file",
        ),
        (("gate", *REPORTS, "--output", "json=LICENSE/x.json"), "LICENSE is no folder; choose another place"),
    ],
)
def test_bad_input_is_refused_in_one_line(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    """What cannot be used is named with a remedy, exit code 2, without a traceback, and nothing is written."""
    done = command(*arguments)
    assert done.returncode == BAD_INPUT
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout
    assert len(done.stderr.strip().splitlines()) == 1 or done.stderr.startswith("usage: ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("uses", "status"),
    [
        ("checkpoints", SAFE),
        ("sharding", SAFE),
        ("Sharding,tolinen,checkpoints", REGRESSION),
        ("sharding --uses ToLinen", REGRESSION),
    ],
)
def test_only_what_is_in_use_decides_the_exit_code(uses: str, status: int) -> None:
    """From 0.12.10 to 0.12.12 one thing breaks, the sharding of `ToLinen`; of several options none is dropped."""
    done = command("gate", "0.12.10", "0.12.12", "--uses", *uses.split())
    assert (done.returncode, done.stderr) == (status, "")
    assert "partition_specs_of_to_linen_need_a_mesh" in done.stdout or status == SAFE
    assert ("More on one: python -m reports finding NAME" in done.stdout) == (status == REGRESSION)
    assert (" Outside of it 1 breaks (ToLinen 1)." in " ".join(done.stdout.split())) == (status == SAFE)


def test_help_says_of_each_command_what_1_means() -> None:
    """Where a command can end so, and of no other; each thing that a command takes is explained."""
    made = parser("nnx-bridge")
    commands = next(action.choices for action in made._actions if isinstance(action, argparse._SubParsersAction))
    said = {name.split()[0] for name in re.findall(r"of (\w+)", str(made.epilog))}
    folder = ROOT / "reports" / "command"
    assert said == {name for name in commands if "REGRESSION" in (folder / f"{name}.py").read_text("utf-8")}
    positionals = [(name, one) for name, command in commands.items() for one in command._get_positional_actions()]
    assert [name for name, one in positionals if not one.help] == []


def test_missing_library_is_named_with_its_remedy() -> None:
    """Where what reads reports is not installed, one line says what to install."""
    blocked = "import sys; sys.modules['msgspec'] = None; sys.argv[0] = 'reports'; import runpy; "
    run = (
        blocked
        + "sys.argv[1:] = ['table', '0.12.12']; runpy.run_module('reports', run_name='__main__', alter_sys=True)"
    )
    done = subprocess.run([sys.executable, "-c", run], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == BAD_INPUT
    assert done.stderr.startswith("python -m reports: msgspec is not installed")
    assert "pip install jinja2 msgspec" in done.stderr


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("affine", True),
        ("jit or affine", True),
        ("not (jit or affine) and subjects", True),
        ("program_agrees[tabulate]", True),
        ("test_jit.py", True),
        ("and and", False),
        ("or", False),
        ("jit affine", False),
        ("(jit", False),
        ("jit or", False),
        ("jit; affine", False),
        ("jit, affine", False),
        ("jit()", False),
        ("not not jit", True),
    ],
)
def test_expression_is_known_before_anything_is_built(text: str, is_one: bool) -> None:
    """What is taken for an expression is what pytest takes for one."""
    from _pytest.mark.expression import Expression

    assert is_expression(text) == is_one
    try:
        Expression.compile(text)
    except SyntaxError:
        assert not is_one
    else:
        assert is_one


def test_run_that_is_killed_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where somebody, or the system, ends the run of NEW, that is no fault of NEW's."""
    side = Installation("NEW", Path(sys.executable), {})
    monkeypatch.setattr(running, "_watched", lambda *_: (-9, "1 of 930 properties"))
    with pytest.raises(Killed, match="NEW: the run was ended by SIGKILL, which the system also sends when memory runs"):
        run_properties(side, Options(), silent)
    (new,) = upgrade_gate._run_all([Side("NEW", environment=side)], Request("OLD", "NEW", Options()), lambda *_: None)
    found = upgrade_gate._did_not_run(Side("OLD", report=GOOD), new)
    assert (found.verdict.value, found.effect.name) == ("incomparable", "UNCLEAR")


def test_property_that_died_is_tried_again_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that memory ran out for next to others is no fault of the property's; one that dies again is."""
    asked: list[tuple[int, list[str]]] = []
    dead = [
        passing(name, outcome="crashed", reason="worker 'gw0' crashed") for name in ("affine.once", "affine.always")
    ]
    first = report("0.12.0", passing("affine.zeros"), *dead)

    def run(environment: Installation, options: Options, progress: object, only: list[str]) -> Report:
        asked.append((options.workers, only))
        return report("0.12.0", passing("affine.once"), dead[1])

    monkeypatch.setattr(upgrade_gate, "run_properties", run)
    side = Installation("NEW", Path(sys.executable), {})
    again = upgrade_gate._died_again(first, side, Options(workers=2)).by_id
    assert {name: one.outcome for name, one in again.items()} == {
        "affine.zeros": "passed",
        "affine.once": "passed",
        "affine.always": "crashed",
    }
    assert asked == [(1, [one.nodeid for one in dead])]
    assert upgrade_gate._died_again(GOOD, side, Options()) is GOOD
