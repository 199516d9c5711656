"""The releases in whose environments the suite is tried, and what the reference does on each."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from meta_tests.support import settled
from meta_tests.support.environments import NEWEST, OLDEST, STAND_IN, NoPython, python_of
from meta_tests.support.runs import Forks, evidence_of_the_entry
from reports.model import Property

# A user's own tests, which run in the user's environment.
collect_ignore = ["worked_repository"]
_SETTLED = "settled"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="also try what takes long, and what is settled")
    parser.addoption("--settle", action="store_true", help="note what passes here, so that it is settled")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "thorough: takes long, and runs with --thorough alone")
    config.addinivalue_line("markers", "settled(digest): runs where it did not pass with this digest before")
    if config.getoption("--settle") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Settling())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long and what is settled, and count it as deselected; begin with what takes minutes."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)
    if config.getoption("--thorough"):
        return
    known = settled.read()
    left_out = [
        item for item in items if item.get_closest_marker("thorough") or _digest(item) == known.get(item.nodeid, "")
    ]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _digest(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker(_SETTLED)
    return str(marker.args[0]) if marker else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tell the process that reports."""
    if (found := _digest(item)) is not None:
        item.user_properties.append((_SETTLED, found))


class _Settling:
    """Notes what passes."""

    def __init__(self) -> None:
        self._passed: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        found = dict(report.user_properties).get(_SETTLED)
        if report.when == "call" and report.passed and found:
            self._passed[report.nodeid] = str(found)

    def pytest_sessionfinish(self) -> None:
        settled.write(self._passed)


@pytest.fixture(scope="session")
def session_path(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Path:
    """A path that no other session has and all workers of this one share."""
    return tmp_path_factory.getbasetemp().parent / testrun_uid


@pytest.fixture(scope="session")
def python(session_path: Path) -> Callable[[str], Path]:
    """``python("oldest")`` and ``python("newest")``: the Pythons of these releases' environments."""

    @cache
    def of(age: str) -> Path:
        releases = {"oldest": (OLDEST,), "newest": (NEWEST, STAND_IN)}[age]
        for release in releases:
            try:
                return python_of(release, session_path)
            except NoPython as reason:
                skipped = reason
        pytest.skip(str(skipped))

    return of


@pytest.fixture(scope="session")
def newest(python: Callable[[str], Path]) -> Path:
    """The Python of the newest release's environment."""
    return python("newest")


@pytest.fixture(scope="session")
def forks(python: Callable[[str], Path]) -> Iterator[Callable[[str], Forks]]:
    """``forks("oldest")`` and ``forks("newest")``: where to run the suite often."""
    started: dict[str, Forks] = {}

    def of(age: str) -> Forks:
        if age not in started:
            started[age] = Forks(python(age))
        return started[age]

    yield of
    for server in started.values():
        server.close()


@pytest.fixture(scope="session")
def reference(python: Callable[[str], Path]) -> Callable[[str], dict[str, Property]]:
    """What the committed evidence says of the reference on a release, in the chapters of the entry."""

    return lambda age: evidence_of_the_entry(python(age).parent.parent.name.removeprefix("flax"))
