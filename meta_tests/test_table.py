"""The table of outcomes: what did not pass is explained once for all parameters that do alike."""

import re
from pathlib import Path

import pytest

from meta_tests.sample_reports import failing, passing, report
from reports.__main__ import main
from reports.matrix.table import in_order, table
from reports.model import Property, Report, text_of

NOTICE = "Two layers are alike."


def _rows(*reports: Report) -> list[str]:
    section = table(reports).split("Not passed:\n\n")[1].split("\n\n")[0]
    return [re.sub("  +", " | ", line) for line in section.splitlines()[1:]]


def _known(name: str, reason: str = NOTICE) -> Property:
    return failing(name, outcome="known failure", reason=reason)


@pytest.mark.parametrize("number", [1, 3, 5])
def test_parameters_that_do_alike_are_one_row(number: int) -> None:
    """They have the same outcomes everywhere for the same reason; at most three are named, the others counted."""
    names = [f"subjects.call[{letter}]" for letter in "ABCDE"[:number]]
    old = report("0.10.0", *map(_known, names))
    (row,) = _rows(old, report("0.11.0", *map(passing, names)))
    shown = ", ".join(names[:3]) + (f" and {number - 3} more" if number > 3 else "")
    assert row == f"k. | {shown} | {NOTICE}"


def test_another_outcome_reason_or_property_is_another_row() -> None:
    """What differs in any of them is not counted together."""
    old = report("0.10.0", *map(_known, ("a.x[1]", "a.x[2]", "a.y[1]")), _known("a.x[3]", "Another thing."))
    new = report("0.11.0", passing("a.x[1]"), _known("a.x[2]"), passing("a.y[1]"), passing("a.x[3]"))
    assert len(_rows(old, new)) == 4


def test_failure_is_explained_by_its_sentence_and_what_is_missing_by_the_last_release() -> None:
    """A property that fails says what did not hold; one that is unsupported says so of the last such release."""
    old = report("0.10.0", failing("a.fails"), passing("a.lacks", outcome="unsupported", reason="0.10.0 has no x"))
    new = report("0.11.0", failing("a.fails"), passing("a.lacks", outcome="unsupported", reason="0.11.0 has no x"))
    assert _rows(old, new) == ["FF | a.fails | The sentence of fails.", "uu | a.lacks | 0.11.0 has no x"]


@pytest.mark.parametrize(("outcome", "status"), [("known", 0), ("failed", 1)])
def test_verdict_on_what_is_known_is_said_and_fails_nothing(
    outcome: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A regression that is a known failure of the release is printed as one, and only another ends the job with 1."""
    for release, one in (("0.10.0", passing("a.x")), ("0.11.0", failing("a.x", outcome=outcome, reason=NOTICE))):
        (tmp_path / f"{release}.json").write_text(text_of(report(release, one)))
    assert main(["table", str(tmp_path / "*.json"), "--verdict"]) == status
    assert "profile gate): 1 property that passed on OLD fails on NEW." in capsys.readouterr().out


def test_no_verdict_without_the_releases_that_it_is_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where one of the newest two was expected and not run, nothing is called safe."""
    for release in ("0.10.0", "0.11.0"):
        (tmp_path / f"{release}.json").write_text(text_of(report(release, passing("a.x"))))
    assert main(["table", str(tmp_path / "*.json"), "--expected", "0.10.0,0.11.0,0.12.0", "--verdict"]) == 0
    printed = capsys.readouterr().out
    assert printed.endswith("\nno verdict on flax 0.11.0 -> flax 0.12.0: 0.12.0 not run\n")
    assert "safe" not in printed
    assert main(["table", str(tmp_path / "*.json"), "--expected", "0.9.0", "--verdict"]) == 0
    assert "\nsafe (1 of " in capsys.readouterr().out


def test_no_verdict_on_one_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One release, or two reports of one, are no pair; nothing is called safe."""
    (tmp_path / "one.json").write_text(text_of(report("0.10.0", passing("a.x"))))
    for _ in range(2):
        assert main(["table", str(tmp_path / "*.json"), "--verdict"]) == 0
        printed = capsys.readouterr().out
        assert printed.endswith("\nno verdict: it needs two releases, with one report of each\n")
        (tmp_path / "two.json").write_text(text_of(report("0.10.0", failing("a.x"))))


def test_releases_are_in_order() -> None:
    """A candidate comes before its release, and numbers count as numbers."""
    releases = ["0.9.0", "0.10.0", "0.12.2", "0.12.12rc1", "0.12.12", "0.12.12.1", "1.0"]
    assert sorted(["1.0", "0.12.12", "0.12.12.1", "0.9.0", "0.12.12rc1", "0.10.0", "0.12.2"], key=in_order) == releases


def test_only_reports_are_forgotten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is named as a report and is none stays, and so does all that is named beside it."""
    for name in ("report.json", "notes.md"):
        (tmp_path / name).write_text("x")
    assert main(["forget", str(tmp_path / "report.json"), str(tmp_path / "notes.md")]) == 2
    assert "notes.md: no report" in capsys.readouterr().err
    assert len(list(tmp_path.iterdir())) == 2
    assert main(["forget", str(tmp_path / "report.json"), str(tmp_path / "none.json")]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["notes.md"]


def test_fault_of_the_program_is_no_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 says regression, so whatever goes wrong ends with 3, in a line that says where."""

    def broken(path: Path) -> Report:
        raise RecursionError("too deep")

    monkeypatch.setattr("reports.reading.read", broken)
    assert main(["glossary", "x.json"]) == 3
    assert re.fullmatch(
        r".*: RecursionError at test_table\.py:\d+: too deep; please report it\n", capsys.readouterr().err
    )
