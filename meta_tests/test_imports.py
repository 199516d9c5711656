"""Imports point one way: nothing imports, in any number of steps, what imports it."""

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.paths import ROOT

# Folders in the order of who may import whom: each knows those that follow it.
_FOLDERS = ("reports", "properties", "impl")
# The one step back: where caches lie is asked by profiles as well as by the gate.
_BACK = {"reports.paths"}


def _files(folder: Path) -> dict[str, Path]:
    """The files of these folders by the name of their module."""
    found = {}
    for path in (path for one in _FOLDERS for path in sorted((folder / one).rglob("*.py"))):
        parts = path.relative_to(folder).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _imported(name: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules that a file names in an import, also in a function; a package where it names no module of it."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield from [inner] if inner in known else [base] if base in known else []


def _graph(folder: Path) -> dict[str, set[str]]:
    known = _files(folder)
    return {name: {*_imported(name, path, known)} - {name} for name, path in known.items()}


def _circle(graph: dict[str, set[str]]) -> list[str]:
    """Files that import each other in a loop; none if there is no such loop."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_no_files_import_each_other() -> None:
    """Imports inside of functions count."""
    assert _circle(_graph(ROOT)) == []


def test_folders_know_those_below() -> None:
    """`reports` reads `properties`, and `properties` calls `impl`."""
    graph = _graph(ROOT)
    assert {name.partition(".")[0] for name in graph} == set(_FOLDERS)
    for name, imported in graph.items():
        below = _FOLDERS[_FOLDERS.index(name.partition(".")[0]) :]
        assert {one for one in imported if not one.startswith(below)} - _BACK == set(), name


@pytest.mark.parametrize(
    "back", ["import reports.one", "from reports import one", "from . import one", "from .one import x"]
)
def test_circle_is_seen(tmp_path: Path, back: str) -> None:
    """Whatever the form of the import, and in a function too."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/one.py").write_text("from reports.two import x\n")
    (tmp_path / "reports/two.py").write_text(f"def f():\n    {back}\n")
    assert set(_circle(_graph(tmp_path))) == {"reports.one", "reports.two"}
