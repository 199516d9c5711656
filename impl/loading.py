"""Find an implementation, subjects or models by a dotted module name or by the path of a .py file."""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from impl import users_modules  # noqa: F401 (for its effect on the files that are imported here)
from impl.errors import BadImplementation, BadModels, BadSubjects, BrokenModel, TooSlow, in_one_line, limited
from impl.implementation import ENTRY, Implementation
from impl.model import Broken
from impl.model_schema import model_of
from impl.subject_schema import subject_of

REFERENCE = "impl.linen_inside_nnx"
SUBJECTS = "impl.subjects"
MODELS = "impl.models"
# The processor time that a user's file, or one of what it lists, may take until it can be used.
SECONDS = 60


def load(target: str) -> Implementation:
    """The implementation that ``target`` names; raises BadImplementation."""
    try:
        module = _imported(target, "implementation")
    except (Exception, SystemExit, TooSlow) as error:
        raise BadImplementation(f"implementation {target!r} cannot be imported ({in_one_line(error)})") from error
    entry = getattr(module, ENTRY, None)
    if entry is None:
        raise BadImplementation(f"implementation {target!r} has no function {ENTRY}(seed, x, features)")
    if not callable(entry):
        raise BadImplementation(f"{ENTRY} of implementation {target!r} is a {type(entry).__name__}, not a function")
    return Implementation.from_module(target, module)


class Listed(NamedTuple):
    """What a file offers by name: what can be used, and of each that cannot be used why."""

    usable: dict[str, Any]
    refused: dict[str, str]
    # What is well described and raises or hangs: it is judged, and fails.
    broken: dict[str, Broken]


def load_subjects(target: str) -> Listed:
    """The subjects of the SUBJECTS that ``target`` offers, by name; raises BadSubjects where none can be used."""
    return _listed(target, _SUBJECTS)


def load_models(target: str) -> Listed:
    """The models of the MODELS that ``target`` offers, by name; raises BadModels where none can be used."""
    return _listed(target, _MODELS)


class _Kind(NamedTuple):
    """What a file lists under one name."""

    one: str
    example: str
    read: Callable[[Any, Any], Any]
    bad: type[Exception]
    # Whether reading it runs the bridge, so that a hang may be the bridge's fault.
    runs_the_bridge: bool


_SUBJECTS = _Kind("subject", "{'module': …, 'args': (…,)}", subject_of, BadSubjects, runs_the_bridge=False)
_MODELS = _Kind("model", "{'model': lambda rngs: …, 'args': (…,)}", model_of, BadModels, runs_the_bridge=True)


def _listed(target: str, kind: _Kind) -> Listed:
    several = f"{kind.one}s"
    try:
        module = _imported(target, several)
    except (Exception, SystemExit, TooSlow) as error:
        raise kind.bad(f"{several} {target!r} cannot be imported ({in_one_line(error)})") from error
    try:
        return _read(getattr(module, several.upper(), None), kind)
    except kind.bad as error:
        raise kind.bad(f"{several} {target!r}: {error}") from error.__cause__


def _read(described: Any, kind: _Kind) -> Listed:
    name_of_all = f"{kind.one}s".upper()
    if described is None:
        raise kind.bad(f"there is no {name_of_all}: define {name_of_all} = {{name: {kind.example}}}")
    if not isinstance(described, dict) or not described:
        raise kind.bad(f"{name_of_all} must be a dictionary that has at least one {kind.one}, by name")
    found = Listed({}, {}, {})
    for name, description in described.items():
        try:
            with limited(SECONDS):
                found.usable[name] = kind.read(name, description)
        except BrokenModel as error:
            found.broken[name] = Broken(name, description["model"], str(error))
        except TooSlow as error:
            reason = f"{kind.one} {name!r}: {error}"
            if kind.runs_the_bridge:
                found.broken[name] = Broken(name, description["model"], reason)
            else:
                found.refused[str(name)] = reason
        except kind.bad as error:
            found.refused[str(name)] = str(error)
    if not found.usable and not found.broken:
        raise kind.bad("; ".join(found.refused.values()))
    return found


def _imported(target: str, kind: str) -> ModuleType:
    with limited(SECONDS):
        return _module_at(Path(target), kind) if _is_path(target) else importlib.import_module(target)


def _is_path(target: str) -> bool:
    return target.endswith(".py") or "/" in target


def _module_at(path: Path, kind: str) -> ModuleType:
    if not path.is_file():
        raise FileNotFoundError(f"no such file: {path}")
    # Under its stem the file could shadow a module that Flax itself imports.
    name = f"{kind}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
