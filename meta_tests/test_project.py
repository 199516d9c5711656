"""``[tool.nnx-bridge]`` in a user's pyproject.toml: what it gives to a command line, and what is wrong with it."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from meta_tests.support.sample_reports import passing, report
from reports.__main__ import main
from reports.command import bisect, gate, upgrade
from reports.command.defaults import options_of_run
from reports.errors import BadInput
from reports.model import text_of
from reports.paths import ROOT

PINS = "--hash=x\nflax==0.11.2\njax==0.7.1\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's project with a subfolder, in which commands are typed."""
    (tmp_path / "src" / "deep").mkdir(parents=True)
    for name in ("old.txt", "new.txt", "allowed.toml", "src/my_models.py"):
        (tmp_path / name).write_text(PINS)
    monkeypatch.chdir(tmp_path / "src" / "deep")
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What commands are asked, without running them."""
    found: list[dict[str, Any]] = []

    def run(options: argparse.Namespace) -> int:
        found.append(dict(vars(options)))
        return 0

    for command in (bisect, gate, upgrade):
        monkeypatch.setattr(command, "_run", run)
    return found


def write(folder: Path, table: str) -> None:
    """Its pyproject.toml."""
    (folder / "pyproject.toml").write_text(f"[tool.nnx-bridge]\n{table}")


WHOLE = """
old = "old.txt"
new = "new.txt"
models = "src/my_models.py"
subjects = "my_pkg.subjects"
uses = ["sharding", "dropout"]
profile = "quick"
allow = "allowed.toml"
"""
UP = "../.."
FILLED = {
    "old": f"{UP}/old.txt",
    "new": f"{UP}/new.txt",
    "models": "../my_models.py",
    "subjects": "my_pkg.subjects",
    "uses": ["sharding", "dropout"],
    "profile": "quick",
    "allow": Path(f"{UP}/allowed.toml"),
}


def test_command_line_is_completed_from_a_folder_above(
    folder: Path, asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Paths are relative to the file, and what is used is said on stderr."""
    write(folder, WHOLE)
    assert main(["gate"]) == 0
    assert {key: asked[0][key] for key in FILLED} == FILLED
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{UP}/pyproject.toml, [tool.nnx-bridge]: old = '{UP}/old.txt', new = " in line
    assert all(f"{key} = " in line for key in FILLED)


def test_command_line_wins(folder: Path, asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]) -> None:
    """Over each value, and what it replaces is not said."""
    write(folder, WHOLE)
    given = ["--models", "m", "--subjects", "s", "--uses", "names", "--profile", "gate", "--allow", "a.toml"]
    assert main(["gate", "flax==0.12.0", *given, "flax==0.12.1"]) == 0
    wanted = {"old": "flax==0.12.0", "new": "flax==0.12.1", "models": "m", "subjects": "s", "uses": ["names"]}
    assert {key: asked[0][key] for key in FILLED} == {**wanted, "profile": "gate", "allow": Path("a.toml")}
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "old", "new"),
    [
        (["gate", "flax==0.12.1"], f"{UP}/old.txt", "flax==0.12.1"),
        (["gate", "--strict", "flax==0.12.1", "--uses", "names"], f"{UP}/old.txt", "flax==0.12.1"),
        (["gate", "-k", "jit", "--", "flax==0.12.1"], f"{UP}/old.txt", "flax==0.12.1"),
        (["upgrade", "0.12.1"], "0.11.2", "0.12.1"),
        (["upgrade", "--code", "src"], "0.11.2", "0.11.2"),
        (["bisect", "jit.one_trace"], "0.11.2", "0.11.2"),
        (["bisect", "jit.one_trace", "0.12.1"], "0.11.2", "0.12.1"),
    ],
    ids=" ".join,
)
def test_one_side_is_new(arguments: list[str], old: str, new: str, folder: Path, asked: list[dict[str, Any]]) -> None:
    """OLD is the project's then; what is not the gate takes the Flax that a file pins."""
    write(folder, WHOLE)
    assert main(arguments) == 0
    assert (asked[0]["old"], asked[0]["new"]) == (old, new)


def test_reports_are_not_asked_what_a_run_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Subjects, models and a profile stay out of a gate of two reports; topics count."""
    write(folder, WHOLE)
    (folder / "allowed.toml").write_text("allow = []")
    for name in ("a.json", "b.json"):
        Path(name).write_text(text_of(report("0.12.1", passing("jit.one_trace"))))
    assert main(["gate", "a.json", "b.json"]) == 0
    said = f"[tool.nnx-bridge]: uses = ['sharding', 'dropout'], allow = '{UP}/allowed.toml'\n"
    assert capsys.readouterr().err.endswith(said)


def test_run_takes_options_of_pytest(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """But for those that the command line or a variable names."""
    write(folder, WHOLE)
    whole = ["--models", "../my_models.py", "--subjects", "my_pkg.subjects", "--hypothesis-profile", "quick"]
    assert sorted(options_of_run([])) == sorted(whole)
    monkeypatch.setenv("SUBJECTS", "mine")
    assert options_of_run(["--models=x", "-n", "2"]) == ["--hypothesis-profile", "quick"]
    assert capsys.readouterr().err.endswith("[tool.nnx-bridge]: profile = 'quick'\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[tool.nnx-bridge]\nmodel = 'x'", " has no key 'model' (did you mean 'models'?); the keys are old, new, "),
        (
            "[tool.nnx-bridge]\nuses = 'sharding'",
            " uses = 'sharding': write a list of topics or captured files, such as [\"sharding\"]; ",
        ),
        ("[tool.nnx-bridge]\nuses = ['shrding']", " uses shrding: no topic (did you mean sharding?); choose from "),
        ("[tool.nnx-bridge]\nold = 3", " old = 3: write a release, pins, or the path of a requirements file; the keys"),
        ("[tool.nnx-bridge]\nmodels = ''", " models = '': write the path of a .py file, or the name of a module; "),
        ("[tool.nnx-bridge]\nprofile = 'hunt'", ' profile = \'hunt\': write "quick" or "gate"; the keys are '),
        ("[tool.nnx-bridge]\nmodels = 'no.py'", " models = 'no.py': no such file; paths start at pyproject.toml"),
        ("[tool.nnx-bridge]\nallow = 'no.toml'", " allow = 'no.toml': no such file; paths start at pyproject.toml"),
        ("[tool.nnx-bridge]\nnew = 'no.txt'", " new = 'no.txt': no such file; paths start at pyproject.toml"),
        ("[tool]\nnx = 1\nnnx-bridge = 1", " must be a table; the keys are old, new, subjects, models, uses, profile"),
        ("[tool.nnx-bridge", ": not TOML ("),
        ("[tool.nnx-bridge]\nold = '\xff'", ": not TOML ('utf-8' codec can't decode"),
    ],
    ids=["key", "type", "topic", "side", "empty", "profile", "models", "allow", "new", "table", "TOML", "bytes"],
)
def test_what_is_wrong_is_one_line(text: str, line: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It names the file, and what there is to choose from; the exit code is 2, and `run` says the same."""
    (folder / "pyproject.toml").write_bytes(text.encode("latin-1"))
    assert main(["gate"]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert f"{UP}/pyproject.toml" in said
    assert line in said
    with pytest.raises(BadInput) as raised:
        options_of_run([])
    assert " ".join(str(raised.value).split()) in said


def test_captured_file_starts_at_the_table(folder: Path, asked: list[dict[str, Any]]) -> None:
    """As every path does; one that is not there is named."""
    (folder / "captured.py").write_text("USES = ['sharding']\n")
    write(folder, "uses = ['captured.py']")
    assert main(["upgrade", "0.12.8", "0.12.10"]) == 0
    assert asked[-1]["uses"] == [f"{UP}/captured.py"]
    (folder / "captured.py").unlink()
    assert main(["upgrade", "0.12.8", "0.12.10"]) == 2


def test_file_without_a_pin_of_flax_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`upgrade` takes only the release of a file of pins."""
    write(folder, "old = 'old.txt'\nnew = 'new.txt'")
    (folder / "old.txt").write_text("flax>=0.10\n")
    assert main(["upgrade"]) == 2
    assert f"{UP}/old.txt pins no flax==X.Y.Z in a line of its own: name a release" in capsys.readouterr().err


def test_nearest_table_counts(folder: Path, asked: list[dict[str, Any]]) -> None:
    """A file without the table is passed by."""
    write(folder, WHOLE)
    (folder / "src" / "pyproject.toml").write_text("[project]\nname = 'part'\n[tool.other]\n")
    main(["gate"])
    (folder / "src" / "pyproject.toml").write_text("[tool.nnx-bridge]\nold = '0.12.1'\nnew = '0.12.2'\n")
    main(["gate"])
    assert [one["old"] for one in asked] == [f"{UP}/old.txt", "0.12.1"]


def test_checkout_has_no_project(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What is above the suite's own checkout is not its own."""
    monkeypatch.setattr("reports.command.project._table_in", lambda file: {"old": "0.12.1", "new": "0.12.2"})
    monkeypatch.chdir(ROOT / "reports")
    with pytest.raises(SystemExit):
        main(["gate"])
    assert "the following arguments are required: OLD, NEW" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["gate", "a", "b", "--no-such"], ["gate", "a", "--profile", "hunt"], ["gate"]])
def test_wrong_command_line_is_said_by_the_parser(
    arguments: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it is without a project."""
    with pytest.raises(SystemExit):
        main(arguments)
    expected = capsys.readouterr().err
    write(folder, WHOLE if len(arguments) > 1 else "uses = ['names']")
    with pytest.raises(SystemExit):
        main(arguments)
    assert capsys.readouterr().err == expected
