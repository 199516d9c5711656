"""No property excuses anything without a line that says why."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from meta_tests.support.runs import ROOT
from properties.programs.traits import TRAITS
from reports import excuses

REGISTERING = {"add", "feature", "part", "program", "step"}


def test_every_excuse_says_why() -> None:
    """What skips, suppresses, rounds, leaves out or accepts any exception is marked, with a reason."""
    assert excuses.unmarked() == []
    assert all(len(one.reason.split()) >= 4 for one in excuses.excuses())


@pytest.mark.parametrize(
    "text",
    [
        "def test_a():\n    pytest.skip('not here')",
        "def test_a():\n    with contextlib.suppress(KeyError):\n        call()",
        "def test_a():\n    try:\n        call()\n    except ValueError:\n        pass",
        "def test_a():\n    try:\n        call()\n    except ValueError:\n        return\n    else:\n        compare()",
        "def test_a():\n    variables.pop('cache')\n    assert_same(variables, expected)",
        "def test_a():\n    with pytest.raises(Exception):\n        call()",
        "def test_a():\n    np.testing.assert_allclose(y, expected, rtol=1e-6)",
        "def test_a():\n    assume(y > 0)",
        "def test_a():\n    if flax_api.missing('nnx.List'):\n        return",
        'def test_a():\n    """A matrix raises or is a batch of rows."""\n    call()',
        "def a(builder):\n    builder.step('assert raised(lambda: layer(x)) is not None, \"no\"')",
        "def a(builder):\n    builder.step('try:\\n    layer(x)\\nexcept ValueError:\\n    pass')",
    ],
)
def test_an_unmarked_excuse_is_found(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind of excuse is found where no comment is above it, and is listed with its reason where one is."""
    path = tmp_path / "properties" / "test_x.py"
    path.parent.mkdir()
    monkeypatch.setattr(excuses, "ROOT", tmp_path)
    monkeypatch.setattr(excuses, "PROPERTIES", path.parent)
    path.write_text(text + "\n")
    assert len(excuses.unmarked()) == 1
    path.write_text(f"# Excused: Linen does the same.\n{text}\n")
    assert excuses.unmarked() == []
    assert [one.reason for one in excuses.excuses() if one.path == path] == ["Linen does the same."]


def test_traits_have_reasons_and_reasons_have_traits() -> None:
    """Each trait that keeps features apart is in the table, and each in the table keeps some apart."""
    files = [*(ROOT / "properties").rglob("*.py")]
    assert {trait for path in files for trait in _traits(path)} == set(TRAITS)


def _traits(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        given = [keyword.value for keyword in node.keywords if keyword.arg == "unless"]
        if name in REGISTERING - {"add"}:
            given += node.args
        if name.endswith("has_any"):
            given += node.args
        for argument in given:
            for inner in ast.walk(argument):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield inner.value
