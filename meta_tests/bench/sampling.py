"""A pytest plugin: while properties are called, whose code runs, looked at each few milliseconds by a thread.

Each process that calls properties writes seconds by owner into a file of the
folder that ``SAMPLES`` names. That costs about a percent.
"""

import json
import os
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from meta_tests.bench.process import ROOT
from reports.plugin.record import PROGRAM_FILE

FOLDER = "SAMPLES"
COMPILER, SUITE = "XLA's compiler, and the cache of what it compiled", "the suite"
# A package and whose code it is; the standard library, NumPy and others work for whoever calls them.
OWNERS = {
    "jax": "JAX",
    "jaxlib": "JAX",
    "flax": "Flax",
    "optax": "Optax and Orbax",
    "orbax": "Optax and Orbax",
    "hypothesis": "Hypothesis",
    "_pytest": "pytest",
}
_APART = 0.005


def seconds_in(folder: Path) -> dict[str, float]:
    """Owner -> the seconds of all processes that wrote here, most first."""
    found: Counter[str] = Counter()
    for file in folder.iterdir():
        found.update(json.loads(file.read_text()))
    return dict(found.most_common())


def owner_of(frame: FrameType | None) -> str:
    """Whose code the innermost of these frames is that is anyone's; the compiler's if JAX waits for it."""
    found = None
    while frame is not None:
        path = frame.f_code.co_filename
        if path.endswith(("jax/_src/compiler.py", "jax/_src/compilation_cache.py")):
            return COMPILER
        found = found or _owner(path)
        frame = frame.f_back
    return found or "others"


def _owner(path: str) -> str | None:
    _, is_installed, inside = path.rpartition("site-packages/")
    if is_installed:
        return OWNERS.get(inside.partition("/")[0])
    return SUITE if path == PROGRAM_FILE or path.startswith(f"{ROOT}/") else None


class _Sampler(threading.Thread):
    """Adds the time since it looked last to the owner of what runs now in the main thread."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.is_on = False
        self._main = threading.main_thread().ident

    def run(self) -> None:
        last = time.perf_counter()
        while True:
            time.sleep(_APART)
            frame, now = sys._current_frames().get(self._main or 0), time.perf_counter()
            if self.is_on:
                self.seconds[owner_of(frame)] += now - last
            last = now


_SAMPLER = _Sampler()


def pytest_configure() -> None:
    _SAMPLER.start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[Any]:
    _SAMPLER.is_on = True
    try:
        return (yield)
    finally:
        _SAMPLER.is_on = False


def pytest_sessionfinish() -> None:
    if _SAMPLER.seconds:
        Path(os.environ[FOLDER], f"{os.getpid()}.json").write_text(json.dumps(_SAMPLER.seconds))
