"""The public API of the installed Flax, as JSON; needs Flax and nothing else.

Written are the names that ``flax.nnx`` and ``flax.nnx.bridge`` bind, what the modules of the bridge define, the
lifting, partitioning, context and inspection API of ``flax.linen``, and the methods that a bridged layer or model has.
"""

import ast
import inspect
import json
import sys
import typing
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from types import ModuleType
from typing import Any

from flax import linen as nn
from flax import nnx
from flax.linen import partitioning
from flax.nnx import bridge

# Where Flax defines what lifts, partitions, gives a context or inspects; the other modules of Linen define layers.
_OF_LINEN = (
    "flax.core.axes_scan",
    "flax.core.frozen_dict",
    "flax.core.lift",
    "flax.core.meta",
    "flax.core.scope",
    "flax.core.spmd",
    "flax.linen.module",
    "flax.linen.spmd",
    "flax.linen.summary",
    "flax.linen.transforms",
)
# What a bridged layer or model is an instance of, and the packages whose methods count.
_CLASSES: dict[str, tuple[str, ...]] = {
    "bridge.ToNNX": ("flax.nnx.bridge", "flax.nnx.nnx.bridge"),
    "bridge.ToLinen": ("flax.nnx.bridge", "flax.nnx.nnx.bridge"),
    "bridge.Module": ("flax.nnx.bridge",),
    "nnx.Module": ("flax.nnx",),
    "nn.Module": ("flax.linen",),
}


def main() -> None:
    """Write the release and, for each name, its kind and its signature."""
    found = {name: [_kind(value), _signature(value)] for name, value in sorted(_api().items())}
    json.dump({"release": version("flax"), "names": found}, sys.stdout)


def _api() -> dict[str, Any]:
    found = {f"nnx.{name}": value for name, value in _bound(nnx)}
    of_bridge = dict(_bound(bridge))
    found |= {f"bridge.{name}": value for name, value in of_bridge.items()}
    for module in _submodules(bridge):
        short = module.__name__.rpartition(".")[2]
        defined = {name: value for name, value in _defined(module) if of_bridge.get(name) is not value}
        found |= {f"bridge.{short}.{name}": value for name, value in defined.items()}
    found |= {f"nn.{name}": value for name, value in _bound(nn) if _defined_in(value) in _OF_LINEN}
    of_linen = [value for name, value in found.items() if name.startswith("nn.")]
    for short, module in {"meta": nn.meta, "partitioning": partitioning}.items():
        defined = {name: value for name, value in _defined(module) if not any(value is one for one in of_linen)}
        found |= {f"nn.{short}.{name}": value for name, value in defined.items()}
    return found | _methods(found)


def _submodules(package: ModuleType) -> list[ModuleType]:
    """The modules of a package that importing it loads."""
    prefix = f"{package.__name__}."
    return [module for name, module in sorted(sys.modules.items()) if name.startswith(prefix)]


def _bound(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What a package offers by name: what its file imports from Flax or defines."""
    for node in ast.walk(_parsed(module)):
        if isinstance(node, ast.ImportFrom) and (node.level or str(node.module).startswith(("flax", "jax"))):
            names = [alias.asname or alias.name for alias in node.names]
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        else:
            continue
        yield from ((name, getattr(module, name)) for name in names if _is_public(name) and hasattr(module, name))


def _defined(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The functions, classes and constants that a module defines at its top level."""
    for node in _parsed(module).body:
        names: list[str] = []
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        for name in names:
            value = getattr(module, name)
            if _is_public(name) and not isinstance(value, typing.TypeVar):
                yield name, value


def _methods(found: dict[str, Any]) -> dict[str, Any]:
    """The public methods of the classes whose instances bridged layers and models are."""
    methods: dict[str, Any] = {}
    for owner, packages in _CLASSES.items():
        for cls in reversed(inspect.getmro(found[owner])) if owner in found else ():
            if cls.__module__.startswith(packages):
                methods |= {f"{owner}.{name}": getattr(cls, name) for name in vars(cls) if _is_method(cls, name)}
    return methods


def _is_method(cls: type, name: str) -> bool:
    is_field = name in getattr(cls, "__dataclass_fields__", ())
    is_called = callable(getattr(cls, name)) or isinstance(getattr(cls, name), property)
    return (_is_public(name) or name == "__call__") and is_called and not is_field


def _parsed(module: ModuleType) -> ast.Module:
    with open(str(module.__file__), encoding="utf-8") as file:
        return ast.parse(file.read())


def _is_public(name: str) -> bool:
    return not name.startswith("_")


def _defined_in(value: Any) -> str:
    """The module of a function or class, or of the class of a value."""
    return str(getattr(value, "__module__", type(value).__module__))


def _kind(value: Any) -> str:
    if isinstance(value, ModuleType):
        return "module"
    if isinstance(value, property):
        return "property"
    if isinstance(value, type):
        return "class"
    return "function" if _is_function(value) else "value"


def _is_function(value: Any) -> bool:
    """Whether it is called; an alias of types can be, too, and is not."""
    return callable(value) and typing.get_origin(value) is None


def _signature(value: Any) -> str:
    """The parameters with their defaults; without annotations, which no call depends on."""
    if isinstance(value, ModuleType | property):
        return ""
    if not _is_function(value):
        return _written(value)
    is_class = isinstance(value, type)
    try:
        signature = inspect.signature(getattr(value, "__init__") if is_class else value)  # noqa: B009  mypy
    except (TypeError, ValueError):  # what is written in C has none
        return ""
    taken = list(signature.parameters.values())[1 if is_class else 0 :]
    return ", ".join(_parameters(taken))


def _parameters(taken: Iterable[inspect.Parameter]) -> Iterator[str]:
    keyword_only = False
    for one in taken:
        if one.kind is one.KEYWORD_ONLY and not keyword_only:
            yield "*"
        keyword_only = keyword_only or one.kind in (one.KEYWORD_ONLY, one.VAR_POSITIONAL)
        sign = "*" if one.kind is one.VAR_POSITIONAL else "**" if one.kind is one.VAR_KEYWORD else ""
        default = "" if one.default is one.empty else f"={_written(one.default)}"
        yield f"{sign}{one.name}{default}"


def _written(value: Any) -> str:
    """A value as it is written; where that would hold an address, its name or its type."""
    if value is ...:
        return "..."
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_written, value))})"
    return str(getattr(value, "__name__", type(value).__name__)).strip("<>")


if __name__ == "__main__":
    main()
