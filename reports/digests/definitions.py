"""The suite's source as definitions, and what each of them uses; read without importing anything.

A place is a module with the name of something defined at its top level, or with "" for the statements there that
define nothing and run when the module is imported.
"""

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from reports.paths import ROOT

_PACKAGES = ("impl", "properties")


class Place(NamedTuple):
    """A definition of a module; with no name, what the module does when it is imported."""

    module: str
    name: str = ""


@dataclass(frozen=True)
class Source:
    """A module of the suite."""

    module: str
    # A name may be defined by several statements.
    definitions: dict[str, tuple[ast.stmt, ...]]
    # Name -> what it was imported from; the name of what was imported is "" for a module.
    imports: dict[str, Place]
    acts: tuple[ast.stmt, ...]

    def code(self, name: str) -> tuple[ast.AST, ...]:
        """What defines a name, or the value of ``NAME[key]``; nothing where the module does not."""
        if name.endswith("]"):
            return self._value(*name.removesuffix("]").split("[", 1))
        return self.definitions.get(name, ()) if name else self.acts

    def _value(self, name: str, key: str) -> tuple[ast.AST, ...]:
        written = (node for one in self.definitions[name] for node in ast.walk(one) if isinstance(node, ast.Dict))
        pairs = (pair for table in written for pair in zip(table.keys, table.values, strict=True))
        return tuple(value for found, value in pairs if isinstance(found, ast.Constant) and found.value == key)


@cache
def source(module: str) -> Source | None:
    """A module of the suite by its dotted name; None for any other."""
    package, *rest = module.split(".")
    if package not in _PACKAGES or not all(map(str.isidentifier, rest)):
        return None
    place = ROOT.joinpath(package, *rest)
    path = next((one for one in (place.with_suffix(".py"), place / "__init__.py") if one.is_file()), None)
    return _parsed(module, path.read_text(encoding="utf-8")) if path else None


def files() -> dict[str, Path]:
    """The modules of the suite and the files of findings, each by its path in the suite."""
    found = (path for package in _PACKAGES for path in sorted((ROOT / package).rglob("*")))
    return {path.relative_to(ROOT).as_posix(): path for path in found if path.suffix in (".py", ".toml")}


def modules() -> list[str]:
    """The dotted name of every module of the suite."""
    names = (name.removesuffix(".py") for name in files() if name.endswith(".py"))
    return [name.replace("/", ".").removesuffix(".__init__") for name in names]


def docstring(place: Place) -> str | None:
    """What a function says of itself."""
    module = source(place.module)
    functions = [one for one in (module.code(place.name) if module else ()) if isinstance(one, ast.FunctionDef)]
    return ast.get_docstring(functions[0]) if functions else None


def paragraph(doc: str | None, number: int) -> str:
    """A paragraph of a docstring, on one line; "" where it has fewer."""
    paragraphs = (doc or "").strip().split("\n\n")
    return " ".join(paragraphs[number].split()) if number < len(paragraphs) else ""


def whole(module: str) -> set[Place]:
    """Every place of a module; none where the suite has no such module."""
    found = source(module)
    return {Place(module, name) for name in ("", *found.definitions)} if found else set()


def reached(roots: Iterable[Place], without: Collection[Place] = ()) -> set[Place]:
    """These places, what they use, what that uses, and so on; not what places of ``without`` use."""
    found: set[Place] = set()
    waiting = list(roots)
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += used(place) if place not in without else ()
    return found


@cache
def used(place: Place) -> frozenset[Place]:
    """What a definition uses of the suite by name."""
    module = source(place.module)
    if module is None:
        return frozenset()
    found = frozenset(one for statement in module.code(place.name) for one in _used(statement, module))
    return found - {place}


def named(node: ast.AST, module: Source) -> tuple[Place, list[str]] | None:
    """The definition of the suite that an expression names, and the attributes of it; None for any other expression."""
    chain = dotted(node)
    places, attributes = _resolved(chain, module) if chain else ([], [])
    found = list(places)
    return (found[0], attributes) if len(found) == 1 else None


def _used(node: ast.AST, module: Source) -> Iterator[Place]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        for place in _imported(node).values():
            yield from _defined(place)
        return
    chain = dotted(node)
    if chain:
        yield from _resolved(chain, module)[0]
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from whole(node.value)
    for child in ast.iter_child_nodes(node):
        yield from _used(child, module)


def dotted(node: ast.AST) -> list[str]:
    """The names of ``a.b.c``; none where the expression is another."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [*names, node.id][::-1] if isinstance(node, ast.Name) else []


def _resolved(chain: list[str], module: Source) -> tuple[Iterable[Place], list[str]]:
    """The places that ``a.b.c`` names, and the attributes after the name of the place."""
    name, *rest = chain
    if name in ("__spec__", "__name__"):  # started as a process of its own
        return whole(module.module), rest
    if name in module.definitions:
        return [Place(module.module, name)], rest
    place = module.imports.get(name)
    if place is None:
        return [], rest
    while rest and not place.name:
        place = _child(place.module, rest.pop(0))
    return _defined(place), rest


def _defined(place: Place) -> Iterable[Place]:
    """The place where something that can be imported is defined; all places of a module."""
    found = source(place.module)
    if found is None:
        return []
    if not place.name:
        return whole(place.module)
    if place.name in found.imports:
        return _defined(found.imports[place.name])
    return [place]


def _child(module: str, name: str) -> Place:
    """What ``module.name`` is: a module, or something that is defined in one."""
    inner = f"{module}.{name}"
    return Place(inner) if source(inner) else Place(module, name)


def _parsed(module: str, text: str) -> Source:
    definitions: dict[str, tuple[ast.stmt, ...]] = {}
    imports: dict[str, Place] = {}
    acts: list[ast.stmt] = []
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            imports |= _imported(statement)
        elif not _is_for_types(statement) and not _is_docstring(statement):
            names = list(_defines(statement))
            for name in names:
                definitions[name] = (*definitions.get(name, ()), statement)
            if not isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign):
                acts.append(statement)
    return Source(module, definitions, imports, tuple(acts))


def _imported(node: ast.Import | ast.ImportFrom) -> dict[str, Place]:
    if isinstance(node, ast.ImportFrom):
        return {one.asname or one.name: _child(str(node.module), one.name) for one in node.names}
    # ``import a.b`` binds a.
    bound = ((one.asname, one.name) if one.asname else (one.name.partition(".")[0],) * 2 for one in node.names)
    return {str(name): Place(module) for name, module in bound}


def _is_for_types(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING"


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _defines(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement at the top level binds."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
