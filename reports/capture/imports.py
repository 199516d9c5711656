"""Names in captured source and the imports that they need."""

import ast
import os
import re
import sys
from keyword import iskeyword
from pathlib import Path

from reports.capture.script import NotPossible, Script, bound_by, imports_of, is_future
from reports.capture.seen import Seen

_NAME = re.compile("\0([^:\0]*):([^\0]+)\0")
# As the documentation of Flax and JAX imports them.
_SHORT = {
    "flax.linen": ("nn", "from flax import linen as nn"),
    "flax.nnx": ("nnx", "from flax import nnx"),
    "flax.nnx.bridge": ("bridge", "from flax.nnx import bridge"),
    "jax.numpy": ("jnp", "import jax.numpy as jnp"),
    "numpy": ("np", "import numpy as np"),
    **{name: (name, "import jax") for name in ("jax", "jax.lax", "jax.nn", "jax.random", "jax.sharding")},
}
_LONGEST = 60
# A package that Python does not count among its own.
_TESTS_OF_PYTHON = "test"
_BLOCKS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_SCRIPTS = ("__main__", "__mp_main__")


def imported(module: str, name: str) -> str:
    """Stands for a name of a module; "" is the module of helpers that the file defines."""
    return f"\0{module}:{name}\0"


def plain(text: str) -> str:
    """Captured source for a message."""
    short = _NAME.sub(lambda match: match[2], text)
    return short if len(short) < _LONGEST else f"{short[:_LONGEST]}…"


class Imports:
    """Chooses a name for each that captured source uses, and collects what the file needs for them."""

    def __init__(self, seen: Seen, folder: Path) -> None:
        self._folder = folder
        self._script = seen.scripts[-1] if seen.scripts else None
        self._roots = {one.module: _root(Path(one.path), one.module) for one in seen.files}
        self._read: Script | None = None
        self.statements: set[str] = set()
        self.folders: list[str] = []
        self.helpers: set[str] = set()
        self.copied: list[ast.stmt] = []
        self._bound: dict[str, str] = {}

    def resolved(self, text: str) -> str:
        """Source with names in place of what stands for them; raises NotPossible."""
        copied = {name.partition(".")[0] for module, name in _NAME.findall(text) if self._is_copied(module)}
        if copied:
            self._copy(copied)
        return _NAME.sub(lambda match: self._name(match[1], match[2]), text)

    def lines(self) -> list[str]:
        """The import statements, in the order in which they can stand."""
        future = {ast.unparse(one) for one in self.copied if is_future(one)}
        return [*sorted(future), *sorted(self.statements, key=lambda one: (one.startswith("from"), one))]

    def copied_source(self) -> str:
        """What is copied from the script."""
        script, text = self._read, ""
        body = [one for one in self.copied if not is_future(one)]
        for before, one in zip([None, *body], body, strict=False):
            apart = "\n\n\n" if any(isinstance(each, _BLOCKS) for each in (before, one)) else "\n"
            text += (apart if before else "") + (script.source(one) if script else "")
        return text

    def _is_copied(self, module: str) -> bool:
        return module in _SCRIPTS and not (self._opened().is_importable and self._has_a_name_of_its_own())

    def _has_a_name_of_its_own(self) -> bool:
        """Whether a file can import the script by its name."""
        if self._script is None or self._script.module:
            return True
        stem = self._opened().path.stem
        return stem.isidentifier() and not iskeyword(stem) and stem not in {*sys.stdlib_module_names, _TESTS_OF_PYTHON}

    def _opened(self) -> Script:
        if self._script is None:
            raise NotPossible("it is defined in no file: save the program as a file")
        if self._read is None:
            self._read = Script(self._script.path)
        return self._read

    def _copy(self, names: set[str]) -> None:
        needed = self._opened().needed_for([*names, *(name for one in self.copied for name in bound_by(one))])
        self.copied = needed
        for statement in needed:
            alone = imports_of(statement)
            self._bound.update({name: alone.get(name, "") for name in bound_by(statement)})

    def _name(self, module: str, name: str) -> str:
        if module == "builtins" or self._is_copied(module):
            return name
        if module == "":
            self.helpers.add(name)
            return name
        if module in _SCRIPTS:
            module = self._module_of_the_script()
        self._find(module)
        return self._imported(module, name)

    def _imported(self, module: str, name: str) -> str:
        if module in _SHORT:
            short, statement = _SHORT[module]
            if self._binds(short.partition(".")[0], statement):
                return f"{short}.{name}"
        first = name.partition(".")[0]
        if module not in _SHORT and self._binds(first, f"from {module} import {first}"):
            return name
        self.statements.add(f"import {module}")
        return f"{module}.{name}"

    def _binds(self, name: str, statement: str) -> bool:
        if self._bound.setdefault(name, statement) != statement:
            return False
        self.statements.add(statement)
        return True

    def _module_of_the_script(self) -> str:
        script = self._opened()
        assert self._script is not None
        name = self._script.module or script.path.stem
        self._roots.setdefault(name, _root(script.path, name))
        return name

    def _find(self, module: str) -> None:
        """Have the file find a module that is not installed, wherever the file is used."""
        root = self._roots.get(module)
        if root is not None:
            place = os.path.relpath(root, self._folder)
            if place not in self.folders:
                self.folders.append(place)


def _root(path: Path, module: str) -> Path:
    """The folder from which a file is the module of this name."""
    depth = module.count(".") + (path.stem == "__init__")
    return path.parents[depth]
