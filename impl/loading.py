"""Find an implementation, or subjects, by a dotted module name or by the path of a .py file."""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from impl.errors import BadImplementation, BadSubjects, TooSlow, in_one_line, limited
from impl.implementation import ENTRY, Implementation
from impl.subject import Subject
from impl.subject_schema import subject_of

REFERENCE = "impl.linen_inside_nnx"
SUBJECTS = "impl.subjects"
# The processor time that a user's file, or one of its subjects, may take until it can be used.
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


class Subjects(NamedTuple):
    """What a file offers: at least one subject, and of each that cannot be used why."""

    usable: dict[str, Subject]
    refused: dict[str, str]


def load_subjects(target: str) -> Subjects:
    """The subjects of the SUBJECTS that ``target`` offers, by name; raises BadSubjects where none can be used."""
    try:
        module = _imported(target, "subjects")
    except (Exception, SystemExit, TooSlow) as error:
        raise BadSubjects(f"subjects {target!r} cannot be imported ({in_one_line(error)})") from error
    try:
        described = getattr(module, "SUBJECTS", None)
        if described is None:
            raise BadSubjects("there is no SUBJECTS: define SUBJECTS = {name: {'module': …, 'args': (…,)}}")
        if not isinstance(described, dict) or not described:
            raise BadSubjects("SUBJECTS must be a dictionary that has at least one subject, by name")
        found = Subjects({}, {})
        for name, description in described.items():
            try:
                with limited(SECONDS):
                    found.usable[name] = subject_of(name, description)
            except (BadSubjects, TooSlow) as error:
                found.refused[str(name)] = (
                    str(error) if isinstance(error, BadSubjects) else f"subject {name!r}: {error}"
                )
        if not found.usable:
            raise BadSubjects("; ".join(found.refused.values()))
        return found
    except BadSubjects as error:
        raise BadSubjects(f"subjects {target!r}: {error}") from error.__cause__


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
