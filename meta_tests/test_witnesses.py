"""The witnesses of findings: each raises on the releases that its finding covers, and on no release next to them."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from meta_tests.support.environments import NoPython, python_of
from meta_tests.support.witnesses import Raised, Witnesses, complaint, holds, neighbours
from properties.findings import Fails, Finding, all_findings
from reports.releases import releases, report_of

_NAMES = releases()
_MOST_LINES, _LONGEST_LINE = 30, 100
FAILING = [one for one in all_findings() if one.fails]


@pytest.mark.parametrize("finding", all_findings(), ids=lambda one: one.name)
def test_witness_is_a_short_program_of_a_user(finding: Finding) -> None:
    """At most 30 lines with jax, flax and numpy alone, which end by asserting what is right; none if nothing fails."""
    assert bool(finding.witness) == bool(finding.fails)
    for program in filter(None, (finding.witness, finding.remedied() if finding.remedy else "")):
        lines = program.strip("\n").splitlines()
        assert max(map(len, lines)) <= _LONGEST_LINE
        compile(program, finding.name, "exec")
        imported = {line.split()[1].partition(".")[0] for line in lines if line.startswith(("import ", "from "))}
        assert imported <= {"jax", "flax", "numpy", "copy"}
        assert program.rindex("assert ") > len(program) // 2
    assert len(finding.witness.strip("\n").splitlines()) <= _MOST_LINES


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Of the newest release, or of every one with --thorough."""
    if "release" not in metafunc.fixturenames:
        return
    every = metafunc.config.getoption("--thorough")
    metafunc.parametrize("release", _NAMES if every else _NAMES[-1:], scope="module")


@pytest.fixture(scope="module")
def witnesses(release: str, session_path: Path) -> Iterator[Witnesses]:
    try:
        started = Witnesses(python_of(f"flax{release}", session_path))
    except NoPython as reason:
        pytest.skip(str(reason))
    yield started
    started.close()


def test_witnesses_raise_where_findings_say(release: str, witnesses: Witnesses) -> None:
    """With the exception of the finding, or by its own assertion, and not with the remedy."""
    wrong = {}
    for one in FAILING:
        if one.covers(release):
            wrong[one.name] = complaint(one, release, witnesses.run(one.witness))
            if one.is_remedied(release) and (raised := witnesses.run(one.remedied())):
                wrong[f"{one.name} with its remedy"] = f"it raises {raised.exception}: {raised.message}"
    assert {name: what for name, what in wrong.items() if what} == {}


def test_witnesses_hold_beside_the_spans(release: str, witnesses: Witnesses) -> None:
    """On the nearest releases that its finding does not concern a witness does not raise."""
    raised = {one.name: witnesses.run(one.witness) for one in FAILING if release in _beside(one)}
    assert {name: what for name, what in raised.items() if what} == {}


@cache
def _outcomes(release: str) -> dict[str, str]:
    return {one.id: one.outcome for one in report_of(release).properties}


def _beside(finding: Finding) -> list[str]:
    return neighbours(finding, {release: holds(finding, release, _outcomes(release)) for release in _NAMES})


@pytest.mark.parametrize("finding", FAILING, ids=lambda one: one.name)
def test_witness_does_not_raise_everywhere(finding: Finding) -> None:
    """It is tried where it must not raise: next to the spans, or with its remedy.

    A call that is not refused on any release says so by its own assertion.
    """
    is_tried = _beside(finding) or finding.remedy or "assert refused" in finding.witness
    assert is_tried, "no release next to the spans passes in the evidence: run it there, or add a [remedy]"


def _finding(*spans: tuple[str, str | None], exception: str = "ValueError") -> Any:
    fails = tuple(
        Fails(first=first, last=last, exception=exception, message="no name", shown_by=("one.two[three]",))
        for first, last in spans
    )
    return SimpleNamespace(fails=fails, covers=lambda release: any(one.covers(release) for one in fails))


def test_neighbours_are_next_to_the_spans() -> None:
    """They are the nearest before and after each span that pass, if there are such releases."""
    passes = dict.fromkeys(["0.9.0", "0.10.0", "0.10.1", "0.10.2", "0.10.3"], True)
    assert neighbours(_finding(("0.10.0", "0.10.1")), passes) == ["0.9.0", "0.10.2"]
    assert neighbours(_finding(("0.10.0", "0.10.1")), {**passes, "0.10.2": False}) == ["0.9.0", "0.10.3"]
    assert neighbours(_finding(("0.9.0", "0.9.0"), ("0.10.2", None)), passes) == ["0.10.0", "0.10.1"]
    assert neighbours(_finding(("0.9.0", "0.9.0"), ("0.10.2", None)), {**passes, "0.10.1": False}) == ["0.10.0"]
    assert neighbours(_finding(("0.9.0", None)), passes) == []


@pytest.mark.parametrize(
    ("raised", "what"),
    [
        (Raised("ValueError", "there is no name 'x'"), None),
        (Raised("AssertionError", ""), None),
        (Raised("ValueError", "no value"), "expected is ValueError with 'no name'"),
        (Raised("TypeError", "no name"), "it raises TypeError: no name"),
        (Raised("NameError", "no name"), "written wrongly"),
        (None, "does not raise"),
    ],
)
def test_witness_must_raise_what_the_finding_says(raised: Raised | None, what: str | None) -> None:
    """Its exception and message, or an assertion of its own; nothing that shows a mistake in the program."""
    found = complaint(_finding(("0.10.0", None)), "0.10.1", raised)
    assert found is None if what is None else what in str(found)


def test_witness_may_raise_anything_where_a_helper_asserts() -> None:
    """What a property asserts of values may be an exception of Flax in a program."""
    finding = _finding(("0.10.0", None), exception="AssertionError")
    assert complaint(finding, "0.10.1", Raised("KeyError", "x")) is None
    assert complaint(finding, "0.10.1", Raised("NameError", "x")) is not None
