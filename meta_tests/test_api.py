"""The table of the API is of what Flax has, counts only what code does, and excuses nothing without need."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from meta_tests.support.made_suite import made_suite
from reports import releases
from reports.__main__ import main
from reports.api import evidence, table, uses

FILES = {
    "properties/__init__.py": "",
    "properties/support/profiles.py": "",
    "properties/support/runtime.py": "",
    "properties/programs/program.py": """
from impl.flax_api import reseed, saved

NAMES = {"reseed": reseed, "saved": saved}
""",
    "properties/draft.py": "from properties.programs.program import NAMES\ndef whole(text):\n    exec(text, NAMES)\n",
    "impl/__init__.py": "",
    "impl/flax_api.py": """
from flax import nnx

TABLE = {nnx.Cache: "cache"}

def reseed(module):
    nnx.reseed(module)

def saved(module):
    return nnx.to_pure_dict(module), TABLE
""",
}
HEAD = "from flax import linen as nn, nnx\nfrom flax.nnx import bridge\nfrom properties.draft import whole\n"


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    yield from made_suite(FILES, tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("nnx.jit(call)", {"nnx.jit"}),
        ("nn.meta.unbox(tree)", {"nn.meta", "nn.meta.unbox", "nn.unbox"}),
        ("nnx.initializers.ones(key)", {"nnx.initializers", "nnx.initializers.ones"}),
        ("getattr(nnx, 'List', list)", {"nnx.List"}),
        ("layer.lazy_init(x)", {"bridge.ToNNX.lazy_init", "nnx.Module.lazy_init"}),
        (
            "class Block(nnx.Module):\n        def __call__(self):\n            self.sow(x)",
            {"nnx.Module", "nnx.Module.sow"},
        ),
        ("whole('y = nnx.jit(lambda layer: 1)')", {"nnx.jit"}),
        (
            "whole('class A(nn.Module):\\n    def __call__(self):\\n        self.sow(x)')",
            {"nn.Module", "nn.Module.sow"},
        ),
        ("for box in ('Partitioned',):\n        whole(f'x = nn.{box}(1)')", {"nn.Partitioned"}),
        ("whole('reseed(block)')", {"nnx.reseed"}),
        ("whole('saved(block)')", {"nnx.to_pure_dict"}),
        ("expected = nnx.jit(call)(block)", set()),
        ("whole('expected, more = nnx.jit(call)(block)')", set()),
        (
            "builder.both('layer = nnx.clone(layer)', 'block = nnx.merge(*block)', 'nnx.pop(layer)')",
            {"nnx.clone", "nnx.pop"},
        ),
        ("x: nnx.State = None", set()),
        ("isinstance(x, nnx.State)", set()),
        ("hasattr(nnx, 'List') and missing('nnx.List')", set()),
        ("feature(needs='nnx.bridge.interop')", set()),
        ("assert x, 'an nnx.Module of `nnx.List`'", set()),
    ],
)
def test_what_code_does_counts(suite: Path, code: str, names: set[str]) -> None:
    """In Python and in the text of a program; not what is annotated, asked for, said, or compared with."""
    test = f'{HEAD}\ndef test_one() -> nnx.GraphDef:\n    """nnx.split(layer)"""\n    {code}\n'
    (suite / "properties" / "test_sums.py").write_text(test)
    assert {one for one in uses.names_of("sums.one") if one not in ("nnx", "nn")} == names


def test_evidence_is_of_what_is_installed(newest: Path) -> None:
    """The names of the newest release are those that its environment has."""
    release, names = evidence.installed(newest)
    assert evidence.of_release(release) == names


def test_evidence_has_every_release() -> None:
    """And stays small."""
    assert list(evidence.by_release()) == releases.releases()
    assert evidence.FILE.stat().st_size < 200_000
    assert evidence.FILE.read_text("utf-8") == evidence.written(evidence.by_release())


def test_changes_of_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is new, removed, of another signature, or removed for a while, is told, and no other."""
    old: evidence.Names = {"nnx.a": ("function", "x"), "nnx.b": ("class", ""), "nnx.c": ("value", "1")}
    new: evidence.Names = {"nnx.a": ("function", "x, y"), "nnx.c": ("value", "1"), "nnx.d": ("module", "")}
    monkeypatch.setattr(evidence, "FILE", tmp_path / "names.jsonl")
    evidence.by_release.cache_clear()
    try:
        for release, names in (("1.10.0", old), ("1.9.0", old), ("1.9.1", new)):
            evidence.keep(release, names)
        assert list(evidence.by_release()) == ["1.9.0", "1.9.1", "1.10.0"]
        assert evidence.changes("1.9.0", "1.10.0") == []
        assert evidence.changes("1.9.0", "1.9.1") == [
            evidence.NameChange("nnx.a", "function(x)", "function(x, y)"),
            evidence.NameChange("nnx.b", "class()", None),
            evidence.NameChange("nnx.d", None, "module"),
        ]
    finally:
        evidence.by_release.cache_clear()


def test_no_reason_without_need() -> None:
    """Each name and pattern with a reason matches a name that no property uses on some release."""
    assert table.unneeded() == [], "properties use these now: take their reason out of properties/api.toml"


def test_one_reason_for_a_name() -> None:
    """Nothing is excused twice."""
    found = {name for names in evidence.by_release().values() for name in names}
    for name in found:
        given = [one.why for one in table.reasons() if any(fnmatchcase(name, each) for each in one.names)]
        assert len(given) <= 1, name


def test_reasons_say_something() -> None:
    """In whole sentences."""
    assert all(one.why.endswith(".") and len(one.why.split()) >= 4 for one in table.reasons())


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    """A row for each name: its properties, its reason, or that it is a gap, which is the exit code."""
    release = releases.releases()[-1]
    code = main(["api", release])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4 + len(evidence.of_release(release))
    assert code == any("**gap**" in line for line in lines)
    assert any(line.startswith("| `nnx.tabulate` | `generated.program_agrees[tabulate]`") for line in lines)


@pytest.mark.parametrize("name", ["used", "excused", "neither"])
def test_a_name_with_neither_is_a_gap(name: str) -> None:
    """And no other."""
    row = table.NameRow("nnx.f", ("jit.one",) if name == "used" else (), "It holds none." if name == "excused" else "")
    assert row.is_gap == (name == "neither")
