"""The releases in whose environments the suite is tried, and what the reference does on each."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from meta_tests.environments import NEWEST, OLDEST, STAND_IN, NoPython, python_of
from meta_tests.runs import Forks, chapters_of_the_entry
from reports.model import Property
from reports.releases import report_of


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="try what takes long: implementations and remedies")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "thorough: takes long, and runs with --thorough alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long, and count it as deselected."""
    if config.getoption("--thorough"):
        return
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("thorough")])
    items[:] = [item for item in items if not item.get_closest_marker("thorough")]


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

    @cache
    def of(age: str) -> dict[str, Property]:
        release = python(age).parent.parent.name.removeprefix("flax")
        chapters = {Path(path).stem.removeprefix("test_") for path in chapters_of_the_entry()}
        return {name: found for name, found in report_of(release).by_id.items() if found.chapter in chapters}

    return of
