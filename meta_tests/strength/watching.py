"""A pytest plugin that notes which functions of a package each property runs, and how long the property takes.

``sys.monitoring`` calls back once for each function and property, so that a run is hardly slower than without it.
"""

import sys
import time
from collections.abc import Generator
from pathlib import Path
from types import CodeType
from typing import Any, TextIO

import pytest

from meta_tests.strength.coverage import Ran
from reports.plugin.known_failures import property_id

# Python 3.12 has it, which runs this; the types are checked as of 3.11.
_monitoring: Any = getattr(sys, "monitoring", None)


class Watching:
    """Writes a line for each property when it ends: :class:`Ran`."""

    def __init__(self, package: Path, output: TextIO) -> None:
        self._package = f"{package}/"
        self._output = output
        self._functions: set[str] = set()
        self._red = False
        tool, event = _monitoring.COVERAGE_ID, _monitoring.events.PY_START
        _monitoring.use_tool_id(tool, "strength")
        _monitoring.register_callback(tool, event, self._started)
        _monitoring.set_events(tool, event)

    def _started(self, code: CodeType, offset: int) -> object:
        if code.co_filename.startswith(self._package):
            self._functions.add(f"{code.co_filename.removeprefix(self._package)}::{named(code.co_qualname)}")
        return _monitoring.DISABLE

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._functions.clear()
        self._red = False
        _monitoring.restart_events()
        started = time.process_time()
        try:
            return (yield)
        finally:
            seconds = round(time.process_time() - started, 2)
            ran = Ran(property_id(item), seconds, self._red, tuple(sorted(self._functions)))
            self._output.write(ran.line())
            self._output.flush()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._red = self._red or report.outcome == "failed"


def named(qualified: str) -> str:
    """The function to which code belongs, as edits name it: lambdas and comprehensions belong to what holds them."""
    parts = [part for part in qualified.split(".") if not part.startswith("<")]
    return ".".join(parts)
