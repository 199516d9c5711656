"""Modules of a user's that have the name of one of the suite's, such as ``reports``.

Once this module is imported, ``import`` finds them where it stands in a file that is not the suite's. What they lack is
the suite's. As part of ``nnx_bridge.suite``, the suite has no such names, and nothing is done.
"""

import builtins
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

_SUITE = Path(__file__).parent.parent
_OURS = ("conftest", "impl", "properties", "reports")
# The package below which they are found, since their own names are taken.
_THEIRS = "users_modules"


def _make_importable() -> None:
    if __name__ != "impl.users_modules":
        return
    elsewhere = [entry for entry in sys.path if Path(entry).resolve() != _SUITE]
    hidden = [name for name in _OURS if PathFinder.find_spec(name, elsewhere) is not None]
    if not hidden:
        return
    package = ModuleType(_THEIRS)
    package.__path__ = elsewhere
    sys.modules[_THEIRS] = package
    import_ = builtins.__import__

    def import_theirs(
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        first = name.partition(".")[0]
        if level or first not in hidden or _is_ours(globals):
            return import_(name, globals, locals, fromlist, level)
        try:
            found = import_(f"{_THEIRS}.{name}", globals, locals, fromlist, 0)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{_THEIRS}.{name}.".startswith(f"{error.name}."):
                raise
            return import_(name, globals, locals, fromlist, 0)
        if getattr(found, "__file__", None) is None and not all(hasattr(found, one) for one in fromlist or ()):
            return import_(name, globals, locals, fromlist, 0)  # a folder of data
        return found if fromlist else sys.modules[f"{_THEIRS}.{first}"]

    builtins.__import__ = import_theirs


def _is_ours(globals: Mapping[str, Any] | None) -> bool:
    file = (globals or {}).get("__file__")
    return not isinstance(file, str) or Path(file).is_relative_to(_SUITE)


_make_importable()
