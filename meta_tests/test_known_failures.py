"""The known failures: entries that make sense, and witnesses that must fail as they are written."""

import ast
import re
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from properties import known_failures
from properties.known_failures import KnownFailure, all_known
from reports.recording import witnesses
from reports.releases import releases
from reports.upgrade.nodeids import nodeids

_RELEASES = releases()


@pytest.mark.parametrize("known", all_known(), ids=lambda known: f"{known.properties[0]} {known.first}")
def test_entry_makes_sense(known: KnownFailure) -> None:
    """It names a property, releases that there are, a pattern, a sentence, a public page and a call's arguments."""
    assert {name.partition("[")[0] for name in known.properties} <= nodeids().keys()
    assert known.first in _RELEASES
    assert known.last is None or known.last in _RELEASES[_RELEASES.index(known.first) :]
    assert known.last != known_failures._file().newest, "an entry that the newest release ends has no last release"
    re.compile(known.message)
    assert re.fullmatch(r"[A-Z`].*\.", known.notice)
    assert known.link is None or known.link.startswith("https://github.com/google/flax/")
    call = ast.parse(f"dict({known.witness})", mode="eval").body
    assert isinstance(call, ast.Call)
    assert not call.args


def test_entries_do_not_overlap() -> None:
    """On no release two entries speak of one property."""
    for one, other in combinations(all_known(), 2):
        if {*one.properties} & {*other.properties}:
            assert not [release for release in _RELEASES if one.covers(release) and other.covers(release)]


def test_newest_release_is_the_newest() -> None:
    """The entries were tried on the newest release of which there is a report."""
    assert known_failures._file().newest == _RELEASES[-1]


ENTRY = KnownFailure(
    properties=["chapter.halves", "chapter.doubles[two]"],
    first="0.10.0",
    last="0.12.0",
    exception="AssertionError",
    message="is 5",
    notice="It adds.",
    witness="x=FIVE - 1",
)


def _item(outcome: Any, **options: Any) -> Any:
    """A property with a fixture and an example, whose result is raised, or returned where it is no exception."""

    def doubles(impl: str, x: int) -> object:
        assert (impl, x) == ("mine", 4)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    return SimpleNamespace(
        obj=doubles,
        module=SimpleNamespace(FIVE=5),
        path=Path("test_chapter.py"),
        name="test_doubles[two]",
        fixturenames=["impl"],
        funcargs={"impl": "mine", "observe": "unused"},
        stash=pytest.Stash(),
        config=SimpleNamespace(option=SimpleNamespace(**{"impl": None, "subjects": None, **options})),
    )


@pytest.fixture
def flax(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Says which release is installed; ENTRY is all that is known, tried up to 0.12.0."""

    def install(release: str) -> None:
        entries = known_failures._File("0.12.0", [ENTRY, msgspec.structs.replace(ENTRY, first="0.13.0", last=None)])
        monkeypatch.setattr(known_failures, "_file", lambda: entries)
        for module in (known_failures, witnesses):
            monkeypatch.setattr(module, "version", lambda name: release)

    return install


def test_witness_that_fails_as_written_is_known(flax: Any) -> None:
    """Its example is shown as Hypothesis would show it."""
    flax("0.11.0")
    item = _item(AssertionError("y is 5"))
    assert witnesses.pytest_pyfunc_call(item)
    assert item.stash[witnesses.WITNESSED].example == "x=4"


@pytest.mark.parametrize(
    ("outcome", "what"),
    [
        (None, "holds"),
        (AssertionError("y is 6"), "fails otherwise"),
        (TypeError("y is 5"), "fails otherwise"),
        (pytest.skip.Exception("no y is 5"), "fails otherwise"),
    ],
)
def test_witness_that_does_otherwise_is_red(flax: Any, outcome: Any, what: str) -> None:
    """An entry that holds, or fails otherwise, on a release that it names fails and says which it is."""
    flax("0.12.0")
    with pytest.raises(AssertionError, match=rf"{what} on flax 0.12.0: chapter.doubles\[two\]"):
        witnesses.pytest_pyfunc_call(_item(outcome))


@pytest.mark.parametrize("release", ["0.9.0", "0.12.1"])
def test_releases_that_are_not_named_run_the_property(flax: Any, release: str) -> None:
    """An entry says nothing of releases before its first and after its last."""
    flax(release)
    assert witnesses.pytest_pyfunc_call(_item(AssertionError("y is 5"))) is None


@pytest.mark.parametrize("outcome", [None, AssertionError("y is 6")])
def test_younger_release_may_have_mended_it(flax: Any, outcome: Any) -> None:
    """On a release that no entry was tried on, a witness that does otherwise leaves the word to the property."""
    flax("0.13.0")
    assert witnesses.pytest_pyfunc_call(_item(outcome)) is None


def test_other_implementation_is_not_excused(flax: Any) -> None:
    """What is known of the reference says nothing of a user's implementation."""
    flax("0.11.0")
    assert witnesses.pytest_pyfunc_call(_item(AssertionError("y is 5"), impl="theirs.py")) is None


def test_unhealthy_parameters_are_those_of_the_release(flax: Any) -> None:
    """They are the parameters of the property named, without those of others and of other releases."""
    flax("0.11.0")
    assert known_failures.unhealthy("chapter.doubles") == {"two"}
    assert known_failures.unhealthy("chapter.double") == frozenset()
    assert known_failures.unhealthy("chapter.doubles", "0.9.0") == frozenset()
