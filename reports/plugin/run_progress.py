"""What a run shows: how far it is, and at its end how many properties have each outcome."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from reports.plugin.record import installed, outcome_of
from reports.progress import Course
from reports.vocabulary import plural

_FAILED = ("failed", "error")
# A run that is shorter needs no lines in a file.
_LONG = 50


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> Any:
    """Count a property under its own outcome: what only observed, or is unsupported, has not passed."""
    outcome = outcome_of(report)
    shows_progress = config.pluginmanager.has_plugin(Progress.NAME)
    if report.outcome == "failed":
        category, sign = ("failed", "F") if report.when == "call" else ("error", "E")
        return category, "" if shows_progress else sign, category.upper()
    if outcome is None:
        return None
    return plural(outcome), "" if shows_progress else outcome.sign, outcome.upper()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Show how far the run is, unless more or less is asked for (-v, -q)."""
    config = session.config
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and config.get_verbosity() == 0 and not config.option.collectonly:
        config.pluginmanager.register(Progress(reporter), Progress.NAME)


class Progress:
    """Shows the release, the chapter, how many properties are done and the time, in place of a sign for each."""

    NAME = "conformance-progress"

    def __init__(self, reporter: Any) -> None:
        self._reporter = reporter
        reporter.showfspath = False
        self._course = Course(f"flax {installed('flax') or 'none'}")
        self._done: set[str] = set()
        self._expected: set[str] = set()
        self._is_terminal = sys.stdout.isatty()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._expected.update(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._expected.update(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.nodeid in self._done or (outcome_of(report) is None and report.outcome != "failed"):
            return
        self._done.add(report.nodeid)
        done, of = len(self._done), max(len(self._done), len(self._expected))
        line = self._course.line(Path(report.nodeid.partition("::")[0]).stem.removeprefix("test_"), done, of)
        if self._is_terminal:
            self._reporter.rewrite(line[: shutil.get_terminal_size().columns - 1], erase=True)
        elif of >= _LONG and self._course.is_next_tenth(done, of):
            self._reporter.write_line(line)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        if self._is_terminal:
            self._reporter.rewrite("", erase=True)
