"""Digests of whatever can change what the properties try and how it is judged, one for each chapter."""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from properties.findings import all_findings
from reports.places import PROPERTIES, ROOT

_IMPL = ROOT / "impl"
# What every chapter depends on without importing it.
_OF_ALL = (PROPERTIES / "profiles.py", PROPERTIES / "runtime.py")
# What a chapter is given by pytest: the modules that it is asked of, and the implementation where it imports the class.
_GIVEN = {"subjects": (_IMPL / "subjects.py",)}
_CLASS, _REFERENCE = _IMPL / "implementation.py", _IMPL / "linen_inside_nnx.py"


@cache
def suite_digests() -> dict[str, str]:
    """Chapter -> sixteen hexadecimal digits: of its file, of what that imports of the suite, of what is known."""
    return {chapter: _digest(chapter, path) for chapter, path in _chapters().items()}


def _chapters() -> dict[str, Path]:
    return {path.stem.removeprefix("test_"): path for path in sorted(PROPERTIES.glob("test_*.py"))}


def _digest(chapter: str, path: Path) -> str:
    digest = hashlib.sha256()
    for source in sorted({*_with_imports(path), *_OF_ALL, *_GIVEN.get(chapter, ())}):
        digest.update(source.relative_to(ROOT).as_posix().encode() + b"\0" + source.read_bytes() + b"\0")
    digest.update(msgspec.json.encode(sorted(_known(chapter))))
    return digest.hexdigest()[:16]


def _known(chapter: str) -> Iterable[tuple[str, str, str, str]]:
    """Of what is known to fail only the example is tried, and the strategies avoid it."""
    for one in all_findings():
        for fails in one.fails:
            for pattern in fails.shown_by:
                if pattern.startswith(f"{chapter}."):
                    yield pattern, fails.first, fails.last or "", one.example(pattern)


def _with_imports(path: Path) -> set[Path]:
    found: set[Path] = set()
    waiting = [path]
    while waiting:
        source = waiting.pop()
        if source not in found:
            found.add(source)
            waiting += [*_imports(source), *([_REFERENCE] if source == _CLASS else [])]
    return found


@cache
def _imports(source: Path) -> list[Path]:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    return [path for node in ast.walk(tree) for name in _names(node) for path in _files(name)]


def _names(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files(name: str) -> Iterable[Path]:
    """The file of a module of the suite that can change what is judged, or none."""
    package, *rest = name.split(".")
    if package in (PROPERTIES.name, _IMPL.name):
        place = ROOT.joinpath(package, *rest)
        yield from (path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file())
