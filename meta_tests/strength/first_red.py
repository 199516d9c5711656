"""A pytest plugin that runs properties in a given order up to the first red one, and writes what happens as it does.

A line of the output is ``["collected", N]``, ``["started", PROPERTY]``, ``["passed", PROPERTY, SECONDS]``,
``["red", PROPERTY, EXCEPTION]`` or ``["ended"]``. So the last line says what a process that died was doing.
"""

import json
import time
from collections.abc import Generator, Mapping, Sequence
from typing import TextIO

import pytest
from hypothesis import Phase, settings

from reports.plugin.known_failures import property_id

# A property gets this many times its usual seconds, and at least so many, before it counts as a hang.
_TIMES, _LEAST = 20, 60


class FirstRed:
    """``order``: the properties to run. ``seconds``: how long they take without an edit."""

    def __init__(self, order: Sequence[str], seconds: Mapping[str, float], output: TextIO) -> None:
        self._place = {name: number for number, name in enumerate(order)}
        self._seconds = seconds
        self._output = output

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self) -> None:
        # Nobody reads the example, so it is not made small.
        settings.register_profile("strength", settings(), phases=(Phase.explicit, Phase.generate))
        settings.load_profile("strength")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        chosen = {property_id(item): item for item in items if property_id(item) in self._place}
        items[:] = [chosen[name] for name in self._place if name in chosen]
        for name, item in chosen.items():
            item.add_marker(pytest.mark.timeout(max(_LEAST, _TIMES * self._seconds.get(name, 0))))
        self._tell("collected", len(items))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._tell("red", "import", str(report.longrepr).strip().splitlines()[-1][:200])

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._tell("started", property_id(item))
        started = time.process_time()
        found = yield
        if not item.session.shouldfail:
            self._tell("passed", property_id(item), round(time.process_time() - started, 2))
        return found

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.outcome == "failed" and not item.session.shouldfail:
            self._tell("red", property_id(item), call.excinfo.typename if call.excinfo else "")
            item.session.shouldfail = "red"
        return report

    def pytest_sessionfinish(self) -> None:
        self._tell("ended")

    def _tell(self, *what: object) -> None:
        print(json.dumps(what), file=self._output, flush=True)
