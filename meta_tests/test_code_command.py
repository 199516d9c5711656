"""``upgrade --code``: what is read, what is said in each format, and the exit code."""

import json
import os
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from meta_tests.support.sample_reports import passing, report
from reports.__main__ import main
from reports.model import text_of
from reports.render.code_json import CodeContent

_FORK = "from flax import nnx\n\n\ndef copies(state):\n    return nnx.fork(state, 2)\n"
_LAYER = (
    "from flax import linen as nn\nfrom flax.nnx import Rngs, bridge\n"
    "layer = bridge.ToNNX(nn.Dense(3), rngs=Rngs(0))\nbridge.lazy_init(layer, 1)\nprint(layer.module)\n"
)


def _run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main(["upgrade", "0.10.7", "0.12.12", *map(str, arguments)])
    return code, *capsys.readouterr()


def _written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_each_place_is_a_line_and_each_finding_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The places in the order of the files, then the advice with its diff, then the counts."""
    _written(tmp_path, "b.py", _FORK + _FORK)
    _written(tmp_path, "a/c.py", _LAYER)
    code, text, _ = _run(capsys, "--code", tmp_path)
    assert code == 1
    places = [re.match(r"(.+?:\d+:\d+): (\w+)  (.+)", line) for line in text.splitlines() if ".py:" in line]
    assert [(Path(one[1]).name, one[2]) for one in places if one] == [
        ("c.py:4:1", "first_weights_of_a_seed"),
        ("c.py:5:7", "attributes_module_and_rngs_renamed"),
        ("b.py:5:12", "fork_of_a_state"),
        ("b.py:10:12", "fork_of_a_state"),
    ]
    assert "→ Read `layer.to_nnx__module` and `layer.to_nnx__rngs`.\n" in text
    assert text.count("  * `nnx.fork`: available → removed") == 1
    assert "        - layer.module, layer.rngs\n        + layer.to_nnx__module, layer.to_nnx__rngs\n" in text
    told = " ".join(text.split())
    assert "4 places in 2 of 2 files; 3 findings: 2 break, 1 differs." in told
    unseen = "get_hooks_are_applied_again, to_linen_initializes_missing_params, to_linen_raises_for_unknown_submodules"
    assert f"; what breaks is {unseen}: see" in told
    assert re.search(r"Source does not show \d+ findings: .*: see `\S.* upgrade 0\.10\.7 0\.12\.12`\.$", told)


def test_what_is_outside_of_the_topics_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A user who asked for some topics learns that another finding concerns the source."""
    _written(tmp_path, "a.py", _LAYER)
    code, text, _ = _run(capsys, "--uses", "sharding", "--code", tmp_path)
    assert code == 0
    told = " ".join(text.split())
    names = ["attributes_module_and_rngs_renamed", "first_weights_of_a_seed"]
    said = f"2 findings: 1 breaks, 1 differs ({', '.join(names)}); leave out --uses to see where."
    assert f"Nothing of what changes is seen in 1 file. Outside of what you use: {said}" in told
    output = _run(capsys, "--uses", "sharding", "--code", tmp_path, "--format", "json")[1]
    assert msgspec.json.decode(output, type=CodeContent).outside == names
    assert "Outside of what you use" not in _run(capsys, "--code", tmp_path)[1]


def test_source_is_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither what it does nor what it imports."""
    made = tmp_path / "made"
    path = _written(tmp_path, "a.py", f"import no_such_module\nopen({str(made)!r}, 'w')\n{_FORK}raise SystemExit\n")
    assert _run(capsys, "--code", path)[0] == 1
    assert not made.exists()


def test_uses_and_releases_choose_the_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A topic that the code does not concern, and a pair that changes nothing of it."""
    path = _written(tmp_path, "a.py", _FORK)
    assert _run(capsys, "--code", path, "--uses", "names")[0] == 1
    code, text, _ = _run(capsys, "--code", path, "--uses", "mutable state")
    assert code == 0
    assert "Nothing of what changes is seen in 1 file." in text
    assert "--uses mutable_state`" in " ".join(text.split())
    assert main(["upgrade", "0.11.0", "0.12.12", "--code", str(path)]) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"import flax\ndef f(:\n", ":2: not Python of this version (invalid syntax); fix it"),
        (b"import flax\nx = 1\0\n", "not Python of this version"),
        (b"import flax\nx = '\xe9'\n", "save it as UTF-8"),
        (b"# coding: nonsense\nimport flax\n", "unknown encoding"),
        (b"import flax\nx = " + b"(" * 5000 + b")" * 5000, "not Python of this version (too many nested parentheses)"),
        (b"import flax\nx = " + b"+".join([b"1"] * 20000), "an expression is nested too deeply; split it"),
        ("from flax import nnx\n".encode("utf-16"), "not text (UTF-16); save it as UTF-8"),
        (b"x = 1\nfrom flax.nnx import *\n", "`import *` hides the names of Flax; import each by its name"),
    ],
    ids=["syntax", "null byte", "bytes", "encoding", "parentheses", "sum", "utf-16", "star"],
)
def test_file_that_cannot_be_read_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: bytes, said: str
) -> None:
    """The others are read all the same; alone it gives no answer."""
    bad = _written(tmp_path, "bad.py", text)
    code, output, _ = _run(capsys, "--code", bad)
    assert code == 3
    (line,) = (line for line in output.splitlines() if line.startswith(str(bad)))
    assert said in line
    _written(tmp_path, "good.py", _FORK)
    code, output, _ = _run(capsys, "--code", tmp_path)
    assert code == 1
    assert line in output.splitlines()
    assert "fork_of_a_state" in output


def test_pipe_is_no_source(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is read from a folder ends."""
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "source.py").write_text("import flax\n")
    assert main(["upgrade", "0.10.7", "0.12.12", "--code", str(tmp_path)]) == 0
    assert "1 file" in capsys.readouterr().out


def test_link_to_nothing_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And a circle of links is not followed."""
    os.symlink("nowhere", tmp_path / "a.py")
    os.symlink(tmp_path, tmp_path / "again")
    _written(tmp_path, "b.py", _FORK)
    code, output, _ = _run(capsys, "--code", tmp_path)
    assert code == 1
    assert output.count("a.py: No such file or directory; make it readable") == 1
    assert output.count("b.py:5:12:") == 1


def test_folder_that_cannot_be_read_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not taken for an empty one."""
    _written(tmp_path, "a.py", "x = 1\n")
    closed = _written(tmp_path, "closed/b.py", _FORK).parent
    scandir = os.scandir

    def refused(path: str) -> object:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    code, output, _ = _run(capsys, "--code", tmp_path)
    assert code == 3
    assert f"{closed}: Permission denied; make it readable\n" in output


def test_path_without_python_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line with what to do."""
    for path, said in (
        (tmp_path / "no", "no such file or folder; name a Python file"),
        (tmp_path, "a folder without Python files; name the folder of your source"),
        ("", "(nothing): no such file or folder"),
    ):
        code, output, errors = _run(capsys, "--code", path)
        assert (code, output) == (2, "")
        assert said in errors
        assert errors.count("\n") == 1
    _written(tmp_path, "a.ipynb", "{}")
    code, _, errors = _run(capsys, "--code", tmp_path)
    assert code == 2
    assert "only notebooks; make Python files of them: jupyter nbconvert --to script" in errors


def test_notebooks_are_counted_and_foreign_folders_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Environments, caches and hidden folders are no source of the user."""
    _written(tmp_path, "a.py", "x = 1\n")
    for name in ("1.ipynb", "deep/2.ipynb"):
        _written(tmp_path, name, "{}")
    for folder in (".git", "node_modules", "__pycache__", "env"):
        _written(tmp_path, f"{folder}/a.py", _FORK)
    _written(tmp_path, "env/pyvenv.cfg", "")
    code, output, _ = _run(capsys, "--code", tmp_path)
    assert code == 0
    assert "seen in 1 file." in output
    assert "2 notebooks are left out: `jupyter nbconvert --to script` makes Python files of them." in " ".join(
        output.split()
    )


def test_paths_are_read_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is named next to its folder counts once."""
    path = _written(tmp_path, "a.py", _FORK)
    assert "1 place in 1 of 1 file;" in _run(capsys, "--code", tmp_path, "--code", path)[1]


def test_columns_count_characters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the encoding and the ends of the lines."""
    text = "from flax import nnx; nnx.fork(0)\r\nx = 'é'; nnx.fork(1)\r\n"
    for name, written in (
        ("utf8.py", text.encode()),
        ("bom.py", b"\xef\xbb\xbf" + text.encode()),
        ("latin.py", b"# coding: latin-1\n" + text.encode("latin-1")),
    ):
        _written(tmp_path, name, written)
    output = _run(capsys, "--code", tmp_path)[1]
    assert [line.split(": ")[0].rpartition("/")[2] for line in output.splitlines() if ".py:" in line] == [
        "bom.py:1:23",
        "bom.py:2:10",
        "latin.py:2:23",
        "latin.py:3:10",
        "utf8.py:1:23",
        "utf8.py:2:10",
    ]


_HOSTILE = "a\n::error title=forged::x\x1b[31m,:%.py"


@pytest.mark.parametrize("form", ["text", "github", "json", "sarif"])
def test_name_of_a_file_is_shown_and_not_obeyed(tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    """It adds no line, no annotation and no colour."""
    _written(tmp_path, _HOSTILE, _FORK)
    _written(tmp_path, f"bad{_HOSTILE}", "import flax(\n")
    _, output, _ = _run(capsys, "--code", tmp_path, "--format", form)
    assert not any(line.startswith("::error title=forged") for line in output.splitlines())
    assert "\x1b" not in output
    assert "forged" in output


def test_json_holds_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Against its own types, strictly."""
    path = _written(tmp_path, "a.py", _LAYER)
    _written(tmp_path, "b.ipynb", "{}")
    _written(tmp_path, "c.py", "import flax(\n")
    code, output, _ = _run(capsys, "--code", tmp_path, "--format", "json")
    assert code == 1
    found = msgspec.json.decode(output, type=CodeContent)
    assert [(one.path, one.line, one.column, one.end_line, one.end_column) for one in found.hits] == [
        (str(path), 4, 1, 4, 27),
        (str(path), 5, 7, 5, 19),
    ]
    assert [one.symbol for one in found.hits] == ["bridge.lazy_init", "bridge.ToNNX(...).module"]
    assert {one.finding for one in found.entries} == {one.finding for one in found.hits}
    assert (found.files, len(found.unread), found.notebooks) == (1, 1, 1)
    assert found.unseen


def test_sarif_is_what_code_hosts_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative addresses, a rule for each result, an error for what breaks, and what was not read."""
    monkeypatch.chdir(tmp_path)
    _written(tmp_path, "src/a b.py", _LAYER)
    _written(tmp_path, "src/c.py", "import flax(\n")
    code = main(["upgrade", "0.10.7", "0.12.12", "--code", "src", "--format", "sarif"])
    log: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert code == 1
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "src/a%20b.py"
    assert [result["level"] for result in run["results"]] == ["warning", "error"]
    assert run["results"][1]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 5,
        "startColumn": 7,
        "endLine": 5,
        "endColumn": 19,
    }
    told = run["invocations"][0]["toolExecutionNotifications"]
    assert [one["level"] for one in told] == ["error", "note"]


def test_annotations_name_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the diff in the message, on lines of its own."""
    path = _written(tmp_path, "a,b.py", _LAYER)
    lines = _run(capsys, "--code", path, "--format", "github")[1].splitlines()
    escaped = str(path).replace(",", "%2C")
    assert lines[1].startswith(f"::error file={escaped},line=5,endLine=5,col=7,title=breaks attributes_module")
    assert "%0A- layer.module, layer.rngs%0A+ layer.to_nnx__module" in lines[1]
    assert [line.split(" ")[0] for line in lines] == ["::warning", "::error", "::notice"]


def test_formats_that_do_not_fit_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line that says what to choose from."""
    path = _written(tmp_path, "a.py", _FORK)
    code, _, errors = _run(capsys, "--code", path, "--format", "markdown")
    assert code == 2
    assert "--format markdown: leave --code out, or choose from text, json, github, sarif" in errors
    code, _, errors = _run(capsys, "--format", "sarif")
    assert code == 2
    assert "--format sarif: add --code PATH, or choose from text, markdown, json" in errors


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
def test_sides_that_cannot_be_compared_give_no_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    """The reason is said, and nothing is called unconcerned."""
    path = _written(tmp_path, "a.py", _FORK)
    sides = [report(release, passing("jit.one"), subjects=release) for release in ("0.10.7", "0.12.12")]
    files = [_written(tmp_path, f"{at}.json", text_of(side)) for at, side in enumerate(sides)]
    assert main(["upgrade", *map(str, files), "--code", str(path), "--format", form]) == 3
    output = capsys.readouterr().out
    assert "subjects" in output
    assert "Nothing of what changes" not in output


def test_way_back_asks_for_code_of_the_newer_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is missing there is a hit; what an upgrade changes is not."""
    path = _written(tmp_path, "a.py", f"{_LAYER}from flax import nnx\nnnx.view(layer)\nnnx.vars_as(layer)\n")
    assert main(["upgrade", "0.12.12", "0.10.7", "--code", str(path)]) == 1
    output = capsys.readouterr().out
    assert "attributes_module_and_rngs_renamed" not in output
    assert re.findall(r"a\.py:(\d+):", output) == ["8"]
