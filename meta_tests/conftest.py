"""The releases in whose environments the suite is tried, and a run of the reference in each."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from meta_tests.environments import NEWEST, OLDEST, STAND_IN, NoPython, locked, python_of
from meta_tests.runs import Forks, chapters_of_the_entry

# What the reference does on a release is known from one run, which is whole where other tests read its events.
PROFILES = {"oldest": "quick", "newest": "gate"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-release", action="store_true", help="try remedies on every release that they are for")


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


Records = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def reference(forks: Callable[[str], Forks], session_path: Path) -> Callable[[str], Records]:
    """What the chapters of the entry recorded of the reference on a release; one worker runs them for all."""

    @cache
    def of(age: str) -> Records:
        directory = session_path.with_name(f"{session_path.name}-reference-{age}")
        kept = directory / "records.json"
        with locked(directory):
            if not kept.exists():
                directory.mkdir()
                chapters = chapters_of_the_entry()
                records = forks(age).records(directory, *chapters, "--hypothesis-profile", PROFILES[age])
                kept.write_text(json.dumps(records))
        return dict(json.loads(kept.read_text()))

    return of
