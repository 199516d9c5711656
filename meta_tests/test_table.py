"""The table of outcomes: counts by chapter, and what is not green by finding, in 80 columns."""

import re
from pathlib import Path

import pytest

from meta_tests.support.sample_reports import failing, passing, report
from properties import findings
from properties.findings import BadFinding, all_findings, finding_of
from reports import releases
from reports.__main__ import main
from reports.answer import upgrade
from reports.model import Property, Report, text_of
from reports.render.matrix.table import in_order, table
from reports.render.upgrade_text import summary

NOTICE = "Two layers are alike."
_NAMES = "names_of_methods"


def _lines(*reports: Report) -> list[str]:
    """What stands below the counts, each point on one line."""
    text = table(reports).partition("not run\n")[2]
    return re.sub(r"\n    +", " ", text).split("\n")


def _of_finding(release: str) -> list[Property]:
    evidence = releases.report_of(release).properties
    return [one for one in evidence if (found := finding_of(one.id, release)) and found.name == _NAMES]


def test_what_fails_because_of_a_finding_is_one_line() -> None:
    """It names the finding, its releases in these reports, and how many properties show it; the newest come first."""
    shown = _of_finding("0.12.12")
    assert len(shown) > 1
    old, new = report("0.12.10", *shown), report("0.12.12", *shown)
    title = next(one.title for one in all_findings() if one.name == _NAMES)
    number = f"{len(shown)} properties ({_NAMES})"
    assert f"  - {title}: on 0.12.10 and 0.12.12, {number}" in _lines(old, new)
    held = report("0.12.12", *(passing(one.id) for one in shown))
    assert f"  - {title}: on 0.12.10, {number}" in _lines(old, held)


@pytest.mark.parametrize("outcome", ["failed", "crashed", "known failure"])
def test_what_no_finding_explains_is_told_in_full(outcome: str) -> None:
    """Its sentence, its error and how to run it again; what is said of a known failure or of a crash."""
    one = passing if outcome == "crashed" else failing
    (line,) = [
        line
        for line in _lines(
            report("0.10.0", one("a.x", outcome=outcome, reason=None if outcome == "failed" else NOTICE))
        )
        if "a.x" in line
    ]
    assert line.startswith(f"  - a.x: {outcome} on 0.10.0 The sentence of x.")
    assert (NOTICE in line) == (outcome != "failed")
    assert ("AssertionError: output[0] is 0.5, expected 0.25 Again:" in line) == (outcome != "crashed")


def test_parameters_that_lack_the_same_are_one_line() -> None:
    """At most three are named, the others counted; the last release has the last word on why."""
    names = [f"subjects.call[{letter}]" for letter in "ABCDE"]
    old, new = (
        report(release, *(passing(name, outcome="unsupported", reason=f"flax {release} has no x") for name in names))
        for release in ("0.10.0", "0.11.0")
    )
    where = "on 0.10.0 and 0.11.0, subjects.call[A], subjects.call[B], subjects.call[C] and 2 more"
    assert f"  - flax 0.11.0 has no x: {where}" in _lines(old, new)


def test_many_releases_are_several_tables_of_80_columns() -> None:
    """Each release is in one of them, with its counts below it, and the newest come first."""
    columns = [f"0.10.{number}" for number in range(30)]
    text = table([report(release, passing("affine.x"), failing("jit.y", outcome="failed")) for release in columns])
    heads = [line.split()[1:] for line in text.splitlines() if line.startswith("flax ")]
    assert [release for head in reversed(heads) for release in head] == columns
    assert len(heads) > 1
    assert max(map(len, text.splitlines())) <= 80
    assert [len(line.split()) - 1 for line in text.splitlines() if line.startswith("jit ")] == [*map(len, heads)]


def _written(folder: Path, *reports: Report) -> str:
    for one in reports:
        (folder / f"{one.environment.flax}.json").write_text(text_of(one))
    return str(folder / "*.json")


@pytest.mark.parametrize("outcome", ["known failure", "failed"])
def test_changes_are_told_and_are_no_verdict(outcome: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table ends with the words of `upgrade` for the newest two; it calls nothing safe and nothing a regression."""
    reason = NOTICE if outcome == "known failure" else None
    old, new = report("0.10.0", passing("a.x")), report("0.11.0", failing("a.x", outcome=outcome, reason=reason))
    assert main(["table", _written(tmp_path, old, new), "--changes"]) == 0
    printed = capsys.readouterr().out
    assert printed.endswith(f"\n\n{summary(upgrade(old, new))}")
    assert "  - breaks: The sentence of x. (a.x)\n" in printed
    assert not re.search(r"regress|safe", printed)


def test_no_changes_without_the_releases_that_they_are_between(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where one of the newest two was expected and not run, nothing is compared in its place."""
    reports = _written(tmp_path, *(report(release, passing("a.x")) for release in ("0.10.0", "0.11.0")))
    assert main(["table", reports, "--expected", "0.10.0,0.11.0,0.12.0", "--changes"]) == 0
    assert capsys.readouterr().out.endswith(
        "\nWhat changes from 0.11.0 to 0.12.0: unknown, because 0.12.0 did not run\n"
    )
    assert main(["table", reports, "--expected", "0.9.0", "--changes"]) == 0
    assert "\nFlax 0.10.0 → 0.11.0 " in capsys.readouterr().out


def test_no_changes_of_one_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One release, or two reports of one, are no pair."""
    (tmp_path / "one.json").write_text(text_of(report("0.10.0", passing("a.x"))))
    assert main(["table", str(tmp_path / "*.json"), "--changes"]) == 0
    assert capsys.readouterr().out.endswith("\nWhat changes: unknown, because it needs two releases\n")
    (tmp_path / "two.json").write_text(text_of(report("0.10.0", failing("a.x"))))
    assert main(["table", str(tmp_path / "*.json"), "--changes"]) == 0
    assert capsys.readouterr().out.endswith("\nWhat changes: unknown, because one release has several reports\n")


def test_releases_are_in_order() -> None:
    """A candidate comes before its release, and numbers count as numbers."""
    ordered = ["0.9.0", "0.10.0", "0.12.2", "0.12.12rc1", "0.12.12", "0.12.12.1", "1.0"]
    assert sorted(["1.0", "0.12.12", "0.12.12.1", "0.9.0", "0.12.12rc1", "0.10.0", "0.12.2"], key=in_order) == ordered


def test_only_reports_are_forgotten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is named as a report and is none stays, and so does all that is named with it."""
    for name in ("report.json", "notes.md"):
        (tmp_path / name).write_text("x")
    assert main(["forget", str(tmp_path / "report.json"), str(tmp_path / "notes.md")]) == 2
    assert "notes.md: no report" in capsys.readouterr().err
    assert len(list(tmp_path.iterdir())) == 2
    assert main(["forget", str(tmp_path / "report.json"), str(tmp_path / "none.json")]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["notes.md"]


def test_bad_finding_is_bad_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of a finding that cannot be used is named in a line, as input of whoever wrote it."""

    def refuse() -> None:
        raise BadFinding("one.toml: no cause 'nobody' in causes.toml")

    monkeypatch.setattr(findings, "all_findings", refuse)
    assert main(["finding"]) == 2
    assert capsys.readouterr().err.endswith(": properties/findings/one.toml: no cause 'nobody' in causes.toml\n")


def test_fault_of_the_program_is_no_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 says regression, so whatever goes wrong ends with 3, in a line that says where."""

    def faulty(path: Path) -> Report:
        raise RecursionError("too deep")

    monkeypatch.setattr("reports.load.read", faulty)
    assert main(["glossary", "x.json"]) == 3
    assert re.fullmatch(
        r".*: RecursionError at test_table\.py:\d+: too deep; please report it\n", capsys.readouterr().err
    )
