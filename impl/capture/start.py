"""Has the watching begin as soon as a program imports the bridge, and not before."""

import importlib
import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import Any

from . import facts, quiet_frames

# 0.9.0 keeps it one level deeper.
_BRIDGE = ("flax.nnx.bridge.wrappers", "flax.nnx.nnx.bridge.wrappers")


def begin() -> None:
    """Record from now on, if a command asks for it."""
    noted = facts.of_environment(os.environ)
    if noted is None:
        return
    noted.tell("python")
    quiet_frames.install()
    watch = partial(_watch, noted)
    loaded = [sys.modules[name] for name in _BRIDGE if name in sys.modules]
    if loaded:
        watch(loaded[0])
    else:
        sys.meta_path.insert(0, _WhenLoaded(watch))


def _watch(noted: facts.Facts, wrappers: ModuleType) -> None:
    try:
        importlib.import_module(f"{__package__}.watch").install(noted, wrappers)
    except Exception as error:  # a Flax that nobody knew: the program runs as it would
        noted.tell("problem", what="this Flax", why=f"{type(error).__name__}: {error}", remedy="please report it")


class _WhenLoaded(importlib.abc.MetaPathFinder):
    """Finds nothing itself: it adds to the loading of the bridge, which others find."""

    def __init__(self, then: Callable[[ModuleType], None]) -> None:
        self._then = then

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """What the other finders find."""
        if fullname not in _BRIDGE:
            return None
        sys.meta_path.remove(self)
        found = (finder.find_spec(fullname, path, target) for finder in sys.meta_path)
        spec = next((one for one in found if one is not None), None)
        if spec is not None and spec.loader is not None:
            self._add_to(spec.loader)
        return spec

    def _add_to(self, loader: Any) -> None:
        execute = loader.exec_module

        def executing(module: ModuleType) -> None:
            del loader.exec_module
            execute(module)
            self._then(module)

        loader.exec_module = executing
