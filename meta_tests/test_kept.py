"""What measurements keep: a damaged file is named in one line, before anything is measured, and stays as it is."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meta_tests import bench, flakes, strength
from meta_tests.bench import __main__ as bench_command
from meta_tests.bench import history
from meta_tests.flakes import __main__ as flakes_command
from meta_tests.flakes import counts
from meta_tests.strength import __main__ as strength_command
from meta_tests.strength import coverage, equivalents, results, seen_red
from reports.errors import BadInput

READ: dict[str, Callable[[Path], Any]] = {
    "bench/history.jsonl": lambda file: history.read(file.parent),
    "flakes/counts.jsonl": counts.read_counts,
    "flakes/runs.jsonl": counts.read_repetitions,
    "strength/results.jsonl": results.read,
    "strength/coverage.json": coverage.read,
    "strength/equivalents.toml": equivalents.read,
    "strength/argued.toml": seen_red.argued,
}
FOLDER = Path(strength.__file__).parents[1]


def test_every_kept_file_is_tried() -> None:
    """Also one that a new measurement keeps."""
    kept = (path for one in (bench, flakes, strength) for path in Path(one.__path__[0]).iterdir())
    assert {str(path.relative_to(FOLDER)) for path in kept if path.suffix in (".json", ".jsonl", ".toml")} == {*READ}


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("damage", ["cut", "of another kind", "of an older version"])
def test_damaged_file_is_named(tmp_path: Path, name: str, damage: str) -> None:
    """And where it is damaged, and what helps."""
    file = Path(shutil.copy(FOLDER / name, tmp_path))
    assert READ[name](file)
    text = file.read_text("utf-8")
    damages = {"cut": text[: len(text) // 2 + 1], "of another kind": "[1]\n", "of an older version": '{"a": 1}\n'}
    if file.suffix == ".toml":
        damages |= {
            "of another kind": "[[equivalent]]\n[[property]]\n",
            "of an older version": "property = 1\nequivalent = 1\n",
        }
    file.write_text(damages[damage], "utf-8")
    with pytest.raises(BadInput, match="damaged") as told:
        READ[name](file)
    assert str(file) in str(told.value)
    assert "git restore" in str(told.value)
    assert "\n" not in str(told.value)
    assert file.read_text("utf-8") == damages[damage]


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (bench_command.main, [["speed"]]),
        (flakes_command.main, [["properties/test_surface.py"]]),
    ],
)
def test_nothing_is_measured_beside_a_damaged_file(
    command: Callable[..., int],
    arguments: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Hours would be lost."""

    def damaged(*_: Any) -> Any:
        raise BadInput("history.jsonl, line 1: damaged")

    def measured(*_: Any, **__: Any) -> Any:
        raise AssertionError("it is measured")

    monkeypatch.setattr(history, "read", damaged)
    monkeypatch.setattr(counts, "read_counts", damaged)
    monkeypatch.setitem(bench_command.PARTS, "speed", measured)
    monkeypatch.setattr(flakes_command, "repeated", measured)
    monkeypatch.setattr(flakes_command, "python_of", lambda *_: Path(sys.executable))
    assert command(*arguments) == 2
    assert capsys.readouterr().err == "history.jsonl, line 1: damaged\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--sample", "0"],
        ["--sample", "-1"],
        ["--workers", "0"],
        ["--minutes", "nan"],
        ["--patience", "soon"],
        ["--files", "nnx/bridge/", "nonsense"],
    ],
)
def test_strength_refuses_what_would_try_nothing(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the option and the value."""
    monkeypatch.setattr(sys, "argv", ["strength", *arguments])
    with pytest.raises(SystemExit, match="2"):
        strength_command.main()
    last = capsys.readouterr().err.splitlines()[-1]
    assert arguments[0] in last
    assert arguments[-1] in last


def test_strength_refuses_an_unknown_edit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Rather than write the page as if it had been tried."""
    monkeypatch.setattr(sys, "argv", ["strength", "--only", "NONSENSE"])
    monkeypatch.setattr(strength_command, "_package", lambda: Path("flax"))
    monkeypatch.setattr(strength_command, "targets", lambda *_: [])
    assert strength_command.main() == 2
    assert capsys.readouterr().err.startswith("--only NONSENSE: no such edit")
