"""What a known failure advises is code where it can be, and works: with it, the witness does not fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from meta_tests.environments import NEWEST, NoPython, python_of
from meta_tests.programs import Programs
from meta_tests.runs import ROOT, node
from properties.known_failures import KnownFailure, all_known
from reports.places import RELEASES
from reports.recording.reproducer import Shown, reproducer

REMEDIED = [one for one in all_known() if one.remedy]


@pytest.mark.parametrize("known", REMEDIED, ids=lambda one: f"{one.properties[0]} {one.first}")
def test_remedy_changes_the_witness(known: KnownFailure) -> None:
    """Each text that a remedy replaces is in the witness."""
    assert all(old in known.witness for old in known.remedy)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Of the newest release, or of every one with --thorough."""
    if "release" not in metafunc.fixturenames:
        return
    every = metafunc.config.getoption("--thorough")
    releases = [path.stem for path in RELEASES.glob("*.json")] if every else [NEWEST.removeprefix("flax")]
    asked = [(release, one) for release in sorted(releases) for one in REMEDIED if one.covers(release)]
    metafunc.parametrize(
        ("release", "known"), asked, ids=[f"{release} {one.properties[0]}" for release, one in asked], scope="module"
    )


@pytest.fixture(scope="module")
def programs(release: str, session_path: Path) -> Iterator[Programs]:
    try:
        started = Programs(python_of(f"flax{release}", session_path))
    except NoPython as reason:
        pytest.skip(str(reason))
    yield started
    started.close()


def test_remedy_works(known: KnownFailure, release: str, programs: Programs, tmp_path: Path) -> None:
    """On a release that the failure covers, the witness fails, and what its remedy makes of it does not."""
    file, _, name = node(known.properties[0].partition("[")[0]).partition("::")
    program = tmp_path / "program.py"
    outcomes = []
    for text in (known.witness, known.remedied()):
        program.write_text(reproducer(ROOT, Shown(ROOT / file, name, text.strip(), f"flax {release}", known.notice)))
        outcomes.append(programs.run(program))
    assert [status for status, _ in outcomes] == [1, 0], outcomes[1][1]
