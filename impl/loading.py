"""Find an implementation by a dotted module name or by the path of a .py file."""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from impl.errors import BadImplementation
from impl.implementation import ENTRY, Implementation

REFERENCE = "impl.linen_inside_nnx"


def load(target: str) -> Implementation:
    """The implementation that ``target`` names; raises BadImplementation."""
    try:
        module = _module_at(Path(target)) if _is_path(target) else importlib.import_module(target)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise BadImplementation(f"implementation {target!r} cannot be imported ({reason})") from error
    entry = getattr(module, ENTRY, None)
    if entry is None:
        raise BadImplementation(f"implementation {target!r} has no function {ENTRY}(seed, x, features)")
    if not callable(entry):
        raise BadImplementation(f"{ENTRY} of implementation {target!r} is a {type(entry).__name__}, not a function")
    return Implementation.from_module(target, module)


def _is_path(target: str) -> bool:
    return target.endswith(".py") or "/" in target


def _module_at(path: Path) -> ModuleType:
    if not path.is_file():
        raise FileNotFoundError(f"no such file: {path}")
    # Under its stem the file could shadow a module that Flax itself imports.
    name = f"implementation_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
