"""Known failures: a property that a finding covers must fail as the finding says."""

import importlib.metadata
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from properties import findings
from properties.findings import Fails, Finding, failing_parameters
from properties.support.sentences import AdviceStep, Sentence
from reports import releases
from reports.plugin import known_failures

FAILS = Fails(
    first="0.10.0",
    last="0.12.0",
    exception="AssertionError",
    message="is 5",
    shown_by=("chapter.halves", "chapter.doubles[t*]"),
)
LATER = msgspec.structs.replace(FAILS, first="0.13.0", last=None)
FINDING = Finding(
    name="it_adds",
    title="It adds",
    topics=("names",),
    symbols=("flax.nnx.bridge.ToNNX",),
    symptoms=(Sentence(text="It adds."),),
    steps=(AdviceStep(text="Subtract."),),
    witness="",
    remedy={},
    remedy_since=None,
    diff="",
    where="",
    suggested="",
    fix="",
    fails=(FAILS, LATER),
    examples={"chapter.halves": "x=1", "chapter.doubles[*]": "x=4"},
    changes=(),
    causes=(),
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
        path=Path("test_chapter.py"),
        name="test_doubles[two]",
        fixturenames=["impl"],
        funcargs={"impl": "mine", "observe": "unused"},
        stash=pytest.Stash(),
        config=SimpleNamespace(option=SimpleNamespace(**{"impl": None, "subjects": None, "models": None, **options})),
    )


@pytest.fixture
def flax(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Says which release is installed; FINDING is the only finding, and there is evidence up to 0.12.0."""

    def install(release: str) -> None:
        monkeypatch.setattr(findings, "all_findings", lambda: (FINDING,))
        monkeypatch.setattr(releases, "releases", lambda: ["0.10.0", "0.12.0"])
        monkeypatch.setattr(importlib.metadata, "version", lambda name: release)
        monkeypatch.setattr(known_failures, "version", lambda name: release)
        # What makes arrays needs jax; these examples hold numbers alone.
        monkeypatch.setitem(sys.modules, "reports.plugin.makers", SimpleNamespace(MAKERS={}))

    findings.finding_of.cache_clear()
    yield install
    findings.finding_of.cache_clear()


def test_example_that_fails_as_written_is_known(flax: Any) -> None:
    """Its example is shown as Hypothesis would show it."""
    flax("0.11.0")
    item = _item(AssertionError("y is 5"))
    assert known_failures.pytest_pyfunc_call(item)
    assert item.stash[known_failures.WITNESSED].example == "x=4"


@pytest.mark.parametrize(
    ("outcome", "what"),
    [
        (None, "passes"),
        (AssertionError("y is 6"), "fails differently"),
        (TypeError("y is 5"), "fails differently"),
        (pytest.skip.Exception("no y is 5"), "fails differently"),
    ],
)
def test_example_that_does_not_fail_so_is_red(flax: Any, outcome: Any, what: str) -> None:
    """On a release that a span covers, an example that passes or fails differently is red, and the file is named."""
    flax("0.12.0")
    named = rf"{what} on flax 0.12.0: chapter.doubles\[two\].* properties/findings/it_adds.toml$"
    with pytest.raises(AssertionError, match=named):
        known_failures.pytest_pyfunc_call(_item(outcome))


@pytest.mark.parametrize("release", ["0.9.0", "0.12.1"])
def test_releases_that_are_not_named_run_the_property(flax: Any, release: str) -> None:
    """A span says nothing of releases before its first and after its last."""
    flax(release)
    assert known_failures.pytest_pyfunc_call(_item(AssertionError("y is 5"))) is None


@pytest.mark.parametrize("outcome", [None, AssertionError("y is 6")])
def test_newer_release_may_have_fixed_it(flax: Any, outcome: Any) -> None:
    """On a release that is newer than the evidence, where the example does not fail so, the property itself runs."""
    flax("0.13.0")
    assert known_failures.pytest_pyfunc_call(_item(outcome)) is None


def test_property_runs_where_there_is_no_evidence(flax: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any evidence an example that does not fail so leaves the answer to the property."""
    flax("0.11.0")
    monkeypatch.setattr(releases, "releases", list)
    assert known_failures.pytest_pyfunc_call(_item(None)) is None


def test_other_implementation_is_not_excused(flax: Any) -> None:
    """What is known of the reference says nothing of a user's implementation."""
    flax("0.11.0")
    assert known_failures.pytest_pyfunc_call(_item(AssertionError("y is 5"), impl="theirs.py")) is None


def test_failing_parameters_are_those_of_the_release(flax: Any) -> None:
    """They are those parameters of the property named that a span covers, on no other release."""
    flax("0.11.0")
    assert failing_parameters("chapter.doubles", ["one", "two", "three"]) == {"two", "three"}
    assert failing_parameters("chapter.double", ["two"]) == frozenset()
    flax("0.9.0")
    assert failing_parameters("chapter.doubles", ["two"]) == frozenset()
