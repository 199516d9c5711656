"""Which features of programs a definition uses: they are registered under their names, and used by these."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache

from reports.digests.definitions import Place, source, used
from reports.paths import PROPERTIES

_REGISTRY, _MODULE = "FEATURES", "features"
# The decorator of a property that is tried for each feature in turn.
_FOR_EACH = "for_each_feature"


def is_registered(place: Place) -> bool:
    """Whether the module of a place is there to register features."""
    return place.module.rpartition(".")[0] in _packages()


def written() -> Iterator[str]:
    """Every feature that is the name of a function."""
    for package in _packages():
        yield from _by_function(package)


def tried_by(test: Place, feature: str) -> Iterable[Place]:
    """The feature with which a property is tried that is tried for each in turn; nothing for another property."""
    module = source(test.module)
    decorators = [one for found in module.code(test.name) for one in _decorators(found)] if module else []
    if not any(isinstance(one, ast.Call) and ast.unparse(one.func) == _FOR_EACH for one in decorators):
        return []
    return _registered(_package_of(test), [feature])


@cache
def named_by(place: Place) -> frozenset[Place]:
    """The features that a definition takes from its registry, or that a feature is tried with."""
    package, module = _package_of(place), source(place.module)
    if module is None or not package or place.module == f"{package}.{_MODULE}":
        return frozenset()
    code = module.code(place.name)
    nodes = [node for one in code for node in ast.walk(one)]
    asked = [node for node in nodes if isinstance(node, ast.Name) and node.id == _REGISTRY]
    by_name = [node.value for node in nodes if isinstance(node, ast.Subscript)]
    if any(one not in by_name for one in asked):
        return frozenset(_registered(package, [*_by_function(package), "every other"]))
    looked_at = nodes if asked else [node for one in code for each in _decorators(one) for node in ast.walk(each)]
    texts = [node.value for node in looked_at if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return frozenset(_registered(package, [text for text in texts if text in _by_function(package)]))


@cache
def _package_of(place: Place) -> str:
    """The package whose features a definition can name; nothing where it can name none."""
    package = place.module.rpartition(".")[0]
    if package in _packages():
        return package
    named = (one for one in _packages() if Place(f"{one}.{_MODULE}", _REGISTRY) in used(place))
    return next(named, "")


def _registered(package: str, names: Iterable[str]) -> Iterator[Place]:
    functions = _by_function(package)
    for name in names:
        if name in functions:
            yield functions[name]
        else:  # made when its module is imported, under a name that is put together
            acting = [module for module in _modules(package) if _runs_statements(module)]
            yield from map(Place, [one for one in acting if _may_write(one, name)] or acting)


@cache
def _packages() -> tuple[str, ...]:
    folders = (path.parent.relative_to(PROPERTIES.parent) for path in sorted(PROPERTIES.rglob(f"{_MODULE}.py")))
    return tuple(".".join(folder.parts) for folder in folders)


@cache
def _modules(package: str) -> tuple[str, ...]:
    folder = PROPERTIES.parent.joinpath(*package.split("."))
    return tuple(f"{package}.{path.stem}" for path in sorted(folder.glob("*.py")) if path.stem != "__init__")


def _runs_statements(module: str) -> bool:
    """Whether importing a module does more than define something."""
    found = source(module)
    return bool(found and found.acts)


def _may_write(module: str, name: str) -> bool:
    """Whether a name is a text of a module's, or one that an f-string of the module makes."""
    texts, patterns = _texts(module)
    return name in texts or any(pattern.fullmatch(name) for pattern in patterns)


@cache
def _texts(module: str) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    found = source(module)
    code = [*found.acts, *(one for each in found.definitions.values() for one in each)] if found else []
    nodes = [node for one in code for node in ast.walk(one)]
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return frozenset(texts), tuple(_pattern(node) for node in nodes if isinstance(node, ast.JoinedStr))


def _pattern(text: ast.JoinedStr) -> re.Pattern[str]:
    """What matches the texts that an f-string makes; nothing where it has no text of its own."""
    parts = [one.value if isinstance(one, ast.Constant) else None for one in text.values]
    if not any(parts):
        return re.compile(r"(?!)")
    return re.compile("".join(".+" if part is None else re.escape(str(part)) for part in parts))


@cache
def _by_function(package: str) -> dict[str, Place]:
    """Feature -> the function of that name, which a decorator registers."""
    return {
        name: Place(module, name)
        for module in _modules(package)
        for found in [source(module)]
        for name, code in (found.definitions.items() if found else ())
        if any(_decorators(one) and _is_written(one) for one in code)
    }


def _decorators(node: ast.AST) -> list[ast.expr]:
    return node.decorator_list if isinstance(node, ast.FunctionDef) else []


def _is_written(node: ast.AST) -> bool:
    """Whether a function writes a feature into a builder, its only argument."""
    return isinstance(node, ast.FunctionDef) and [one.arg for one in node.args.args] == ["builder"]
