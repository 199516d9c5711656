"""Where in a user's own code a property failed."""

import inspect
import linecache
import os
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reports.paths import ROOT

_SUITE = (ROOT / "properties", ROOT / "impl", ROOT / "reports", ROOT / "conftest.py")
_INSTALLED = tuple(Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib"))


def place(item: pytest.Item, error: BaseException) -> str | None:
    """``my_layer.py:14, in __call__: return self.head(x)``; None where a run is of the suite's own code.

    It is the last line of the user's that led to the error, or else the line where what was tested begins.
    """
    options = item.config.option
    if not (options.impl or options.subjects or options.models):
        return None
    tested = list(_tested(item))
    own = {file for one in tested if (file := _file(one))}
    lines = [
        f"{_relative(frame.filename)}:{frame.lineno}, in {frame.name}: {frame.line}"
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename in own or _is_users(Path(frame.filename))
    ]
    return lines[-1] if lines else next((_beginning(one) for one in tested if _file(one)), None)


def _tested(item: pytest.Item) -> Iterator[Any]:
    """The functions and classes of the user's that a property is asked of."""
    options, given = item.config.option, getattr(item, "funcargs", {})
    subject, model, implementation = (given.get(name) for name in ("subject", "model", "impl"))
    if options.subjects and subject is not None:
        # A function makes the module where that is dear.
        yield subject.module if inspect.isfunction(subject.module) else type(subject.module)
    if options.models and model is not None:
        yield model.model
    if options.impl and implementation is not None:
        yield implementation.entry


def _file(tested: Any) -> str | None:
    try:
        return inspect.getsourcefile(inspect.unwrap(tested))
    except TypeError:  # it is built in, or an object that is called
        return None


def _beginning(tested: Any) -> str:
    original = inspect.unwrap(tested)
    file, (lines, number) = _file(tested) or "", inspect.getsourcelines(original)
    return f"{_relative(file)}:{max(1, number)}: {lines[0].strip()}"


def _is_users(path: Path) -> bool:
    return bool(linecache.getline(str(path), 1)) and not any(
        path.is_relative_to(folder) for folder in (*_SUITE, *_INSTALLED)
    )


def _relative(file: str) -> str:
    path = os.path.relpath(file)
    return file if path.startswith("..") else path
