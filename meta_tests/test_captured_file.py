"""From what was seen of a program to the file: what is copied, imported, grouped and refused."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from reports.__main__ import main
from reports.capture.file import captured
from reports.capture.script import NotPossible, Script
from reports.capture.seen import read

_X = {"source": "X", "form": "(4, 3) float32", "array": True}
_OTHER = {"source": "Y", "form": "(4, 7) float32", "array": True}
_PARAMETERS = [
    {"name": "x", "positional": True, "default": None},
    {"name": "train", "positional": True, "default": "False"},
]


def _flag(source: str) -> dict[str, Any]:
    return {"source": source, "form": source, "array": False}


def _call(*args: Any, **changes: Any) -> dict[str, Any]:
    fact: dict[str, Any] = {
        "kind": "call",
        "module": "\0flax.linen:Dense\0(2)",
        "method": "__call__",
        "args": args,
        "kwargs": {},
    }
    fact |= {"parameters": _PARAMETERS, "mutable": [], "streams": [], "initialises": False, "traced": False}
    return {**fact, "mesh": [], "topics": [], **changes}


def _model(*args: Any, **changes: Any) -> dict[str, Any]:
    fact = _call(*args) | {"kind": "model", "source": "\0my.models:Net\0(rngs)", "name": "Net", "problem": ""}
    fact |= {"constructor_initialises": False, "inner": False, "mutable": False, "draws": False}
    return {**fact, **changes}


def _file(folder: Path, *facts: dict[str, Any]) -> Any:
    module = {"kind": "module", "source": "\0flax.linen:Dense\0(2)", "name": "Dense"}
    lines = [{"kind": "python"}, {"kind": "bridge", "flax": "0.1.0"}, module, *facts]
    (folder / "1.jsonl").write_text("\n".join(map(json.dumps, lines)) + '\n{"kind": "call", "mod')
    return captured(read(folder), ["python", "train.py"], folder / "captured.py")


def _entries(text: str, name: str) -> dict[str, dict[str, str]]:
    (listed,) = [
        one.value for one in ast.parse(text).body if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == name
    ]
    assert isinstance(listed, ast.Dict)
    return {
        ast.literal_eval(key): {
            ast.literal_eval(k): ast.unparse(v) for k, v in zip(value.keys, value.values, strict=True) if k
        }
        for key, value in zip(listed.keys, listed.values, strict=True)
        if key and isinstance(value, ast.Dict)
    }


def test_training_is_what_differs(tmp_path: Path) -> None:
    """A flag by position is passed by its name; what a call in training leaves out is as by default."""
    training = _call(_X, _flag("True"), mutable=["batch_stats"], streams=["dropout"])
    found = _entries(_file(tmp_path, _call(_X), training).text, "SUBJECTS")
    assert found["Dense"] == {
        "module": "nn.Dense(2)",
        "args": "(X,)",
        "train": "{'train': True}",
        "streams": "['dropout']",
        "mutable": "['batch_stats']",
    }
    plain = _call(_X, train=None, kwargs={"train": _flag("None")})
    left_out = _file(tmp_path, plain, _call(_X, mutable=["cache"])).text
    assert _entries(left_out, "SUBJECTS")["Dense"]["train"] == "{'train': False}"


def test_initialization_that_differs_is_said(tmp_path: Path) -> None:
    """Its arguments and its method, and nothing where it is called alike."""
    alike = _file(tmp_path, _call(_X, initialises=True), _call(_X)).text
    assert set(_entries(alike, "SUBJECTS")["Dense"]) == {"module", "args"}
    first = _call(_OTHER, initialises=True, method="build")
    found = _entries(_file(tmp_path, first, _call(_X)).text, "SUBJECTS")["Dense"]
    assert (found["init_args"], found["init_kwargs"]) == ("(Y,)", "{'method': 'build'}")


def test_other_inputs_are_other_subjects(tmp_path: Path) -> None:
    """Another number of examples is not another input, and values that were seen are better than values drawn."""
    more = {**_X, "form": "(9, 3) float32"}
    drawn = {**_X, "source": "DRAWN"}
    found = _entries(_file(tmp_path, _call(drawn, traced=True), _call(_X), _call(more), _call(_OTHER)).text, "SUBJECTS")
    assert {name: one["args"] for name, one in found.items()} == {"Dense": "(X,)", "Dense_2": "(Y,)"}


def test_model_says_how_it_is_initialized(tmp_path: Path) -> None:
    """By its constructor, or with other arguments than those of a call."""
    found = _file(tmp_path, _model(_X, constructor_initialises=True)).text
    assert _entries(found, "MODELS")["Net"]["init"] == "None"
    found = _file(tmp_path, _model(_OTHER, initialises=True), _model(_X)).text
    assert _entries(found, "MODELS")["Net"]["init"] == "lambda model: bridge.lazy_init(model, Y)"
    found = _file(tmp_path, _model(_X, initialises=True), _model(_X)).text
    assert set(_entries(found, "MODELS")["Net"]) == {"model", "args"}


def test_only_outermost_models_are_listed(tmp_path: Path) -> None:
    """Neither one that another's constructor makes, nor one that is passed to it."""
    outer = _model(_X, source="\0my.models:Outer\0(\0my.models:Net\0(rngs))", name="Outer")
    inner = _model(_X, source="\0my.models:Part\0(rngs)", name="Part", inner=True)
    assert set(_entries(_file(tmp_path, outer, inner, _model(_X)).text, "MODELS")) == {"Outer"}


def test_two_names_that_are_alike_are_told_apart(tmp_path: Path) -> None:
    """Classes of one name from two modules."""
    other = _model(_X, source="\0their.models:Net\0(rngs)")
    text = _file(tmp_path, _model(_X), other).text
    assert "from my.models import Net\n" in text
    assert _entries(text, "MODELS")["Net_2"]["model"] == "lambda rngs: their.models.Net(rngs)"


_SCRIPT = '''from __future__ import annotations
import jax.numpy as np
from flax import linen as nn

WIDTH = 3
for STEP in range(2):
    pass


@staticmethod
class Net(nn.Module):
    """With a comment."""

    def __call__(self, x):  # kept
        width = helper(WIDTH)
        return np.ones(width)


def helper(n):
    return n


class Looped(nn.Module):
    step: int = STEP


print("runs")
'''


def test_script_that_runs_is_copied_as_far_as_it_is_needed(tmp_path: Path) -> None:
    """With decorators and comments, and with what the copied part itself uses."""
    (tmp_path / "train.py").write_text(_SCRIPT)
    script = {"kind": "script", "path": str(tmp_path / "train.py"), "module": ""}
    text = _file(tmp_path, script, _call(_X), _model(_X, source="\0__main__:Net\0(\0numpy:ones\0(2))")).text
    for line in ("@staticmethod\nclass Net", "# kept", "WIDTH = 3", "def helper(n):", "import jax.numpy as np"):
        assert line in text
    assert "print" not in text.partition("def drawn")[0].replace("# ", "")
    assert text.index("from __future__") < text.index("import jax.numpy as np")
    # Its own `np` is not NumPy.
    assert _entries(text, "MODELS")["Net"]["model"] == "lambda rngs: Net(numpy.ones(2))"


def test_script_that_only_defines_is_imported(tmp_path: Path) -> None:
    """From its folder."""
    (tmp_path / "train.py").write_text("class Net: ...\n\n\nif __name__ == '__main__':\n    print(1)\n")
    script = {"kind": "script", "path": str(tmp_path / "train.py"), "module": ""}
    text = _file(tmp_path, script, _call(_X), _model(_X, source="\0__main__:Net\0(rngs)")).text
    assert "from train import Net\n" in text
    assert "sys.path.append(str(Path(__file__).parent / '.'))" in text
    assert "class Net" not in text


def test_name_from_a_loop_cannot_be_copied(tmp_path: Path) -> None:
    """The line says what to do."""
    (tmp_path / "train.py").write_text(_SCRIPT)
    with pytest.raises(NotPossible, match=r"`STEP` is made in a loop or a `with` of train.py: move it to a module"):
        Script(str(tmp_path / "train.py")).needed_for(["Looped"])


_CHANGED = """
import argparse

SIZES = []
SIZES.append(5)
OPTIONS = {}
OPTIONS["width"] = 8
OPTIONS.other.depth = 2
print(SIZES)
for size in (1, 2):
    LOOPED = []
    LOOPED.append(size)
MORE = []
if SIZES:
    MORE.append(1)
parser = argparse.ArgumentParser()
parser.add_argument("--width")
args = parser.parse_args()


class Kept:
    size, width = SIZES[0], OPTIONS["width"]


class InABlock:
    size = MORE[0]


class Asked:
    width = args.width
"""


def test_what_changes_an_object_is_copied_with_it(tmp_path: Path) -> None:
    """A list without its items, or a dict without its keys, would be another module without a word."""
    path = tmp_path / "train.py"
    path.write_text(_CHANGED)
    kept = [ast.unparse(one).split("\n")[0] for one in Script(str(path)).needed_for(["Kept"])]
    lists, options = ["SIZES = []", "SIZES.append(5)"], ["OPTIONS = {}", "OPTIONS['width'] = 8"]
    assert kept == [*lists, *options, "OPTIONS.other.depth = 2", "class Kept:"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("InABlock", "`MORE` is changed in a block of train.py: move it to a module"),
        ("Asked", "it depends on the command line of train.py: read that in a function"),
    ],
)
def test_what_cannot_be_copied_as_it_was_is_refused(name: str, reason: str, tmp_path: Path) -> None:
    """The line says what to do."""
    (tmp_path / "train.py").write_text(_CHANGED)
    with pytest.raises(NotPossible, match=re.escape(reason)):
        Script(str(tmp_path / "train.py")).needed_for([name])


@pytest.mark.parametrize("stem", ["train-odd", "my script", "class", "test"])
def test_script_without_a_name_of_its_own_is_copied(stem: str, tmp_path: Path) -> None:
    """No file can import it by its name, or gets another module by that."""
    (tmp_path / f"{stem}.py").write_text("class Net: ...\n\n\nif __name__ == '__main__':\n    print(1)\n")
    script = {"kind": "script", "path": str(tmp_path / f"{stem}.py"), "module": ""}
    text = _file(tmp_path, script, _call(_X), _model(_X, source="\0__main__:Net\0(rngs)")).text
    assert "class Net: ..." in text
    assert "import Net" not in text


def test_computing_script_is_not_imported(tmp_path: Path) -> None:
    """A call in an assignment may be all that a script does; a guard says that it is not."""
    path = tmp_path / "train.py"
    for source, expected in (("x = 1\n", True), ("x = run()\n", False), ("run()\n", False)):
        path.write_text(source)
        assert Script(str(path)).is_importable is expected
    path.write_text("x = run()\nif __name__ == '__main__':\n    run()\n")
    assert Script(str(path)).is_importable


def test_uses_are_read_from_a_captured_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As data: the file is not run."""
    made, path = tmp_path / "made", tmp_path / "captured.py"
    path.write_text(f"open({str(made)!r}, 'w')\nUSES = ['sharding', 'checkpoints']\n")
    answers = []
    for uses in (str(path), "sharding,checkpoints"):
        assert main(["upgrade", "0.10.7", "0.12.12", "--uses", uses]) == 0
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1]
    assert not made.exists()


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (None, "No such file or directory; name topics, or a file that capture wrote"),
        ("USES = [", "not a Python file; name topics, or a file that capture wrote"),
        ("SUBJECTS = {}", "it has no USES = ['topic', …]"),
        ("USES = []", "it has no USES = ['topic', …]"),
        ("USES = make()", "it has no USES = ['topic', …]"),
        ("USES = ['shading']", "no topic (did you mean sharding?)"),
    ],
)
def test_bad_uses_are_one_line(
    source: str | None, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a remedy, and exit code 2."""
    path = tmp_path / "captured.py"
    if source is not None:
        path.write_text(source)
    assert main(["upgrade", "0.10.7", "0.12.12", "--uses", str(path)]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert line in said
