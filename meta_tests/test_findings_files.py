"""The files of findings: well-formed, in plain words, and together they say what the committed evidence shows."""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from meta_tests.support.runs import ROOT, environment
from properties import findings
from properties.findings import (
    CAUSES,
    FOLDER,
    BadFinding,
    Finding,
    all_findings,
    finding_of,
    findings_of_change,
    matches,
)
from reports.compare import compare
from reports.diffs import diff_of
from reports.model import Report
from reports.releases import of_reports, releases, report_of
from reports.vocabulary import Verdict

_LONGEST_TITLE, _LONGEST_ADVICE = 72, 8
_NAMES = releases()
_FAILING = ("known failure", "failed", "crashed")
# Words that the project does not write.
_STALE = re.compile(
    r"\b(mended|of old|is told|are told|lies?|of one's own|whose doing|handed|hand over|for sure|besides?|gone|anew"
    r"|this feature|such a name|hangs on|in silence|passes over|draws of|thereof|hence)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("finding", all_findings(), ids=lambda one: one.name)
def test_texts_are_plain(finding: Finding) -> None:
    """A short title, whole sentences, names in backticks, and none of the words that nobody writes."""
    assert len(finding.title) <= _LONGEST_TITLE
    assert re.fullmatch(r"[A-Z`].*[^.]", finding.title)
    for text in filter(None, (finding.symptom, finding.do, finding.where, finding.suggested)):
        assert re.fullmatch(r"[A-Z`].*\.", text)
        assert text.count("`") % 2 == 0
    for text in (finding.title, finding.symptom, finding.do, finding.where, finding.suggested):
        assert not _STALE.search(text)
    assert not (finding.diff and finding.remedy), "the remedy says it"
    changed_in = {change.release for change in finding.changes}
    assert not (finding.diff and len(changed_in) > 1), "a diff is of one release, and an upgrade may bring another"
    needs_fix = finding.covers(_NAMES[-1])
    assert finding.where or not needs_fix, "say where in Flax it comes from"
    has_fix = bool(finding.fix) or finding.suggested.startswith("More than a few lines: ")
    wanted = "a fix, or a suggested that begins with 'More than a few lines: '"
    assert has_fix or not needs_fix, f"{_NAMES[-1]} fails: give {wanted}"
    assert needs_fix or not has_fix, f"{_NAMES[-1]} does not fail: leave out {wanted}"
    assert re.fullmatch(r"[a-z0-9_]+", finding.name)


@pytest.mark.parametrize("finding", all_findings(), ids=lambda one: one.name)
def test_releases_of_sentences_are_fields(finding: Finding) -> None:
    """They exist, and no text says in words what a field says."""
    for one in (*finding.symptoms, *finding.steps):
        assert {one.first, one.last, getattr(one, "upgrade", None)} <= {None, *_NAMES}
        assert not re.match(r"(?:Since|From|Up to|Before|On) (?:releases|\d)", one.text), one.text
        assert not re.search(r"pgrade to \d", one.text), one.text


@pytest.mark.parametrize("finding", all_findings(), ids=lambda one: one.name)
def test_symbols_are_public_names(finding: Finding) -> None:
    """They are written in full, without calls, and none twice."""
    assert finding.symbols
    assert len({*finding.symbols}) == len(finding.symbols)
    assert all(re.fullmatch(r"(flax|jax)(\.\w+)+", symbol) for symbol in finding.symbols)


def test_titles_differ() -> None:
    """No two findings have the same title."""
    titles = [one.title for one in all_findings()]
    assert len({*titles}) == len(titles)


def test_releases_exist() -> None:
    """Spans and changes name releases of which there is evidence, and no span ends with the newest."""
    for one in all_findings():
        for fails in one.fails:
            assert fails.first in _NAMES
            assert fails.last is None or fails.last in _NAMES[:-1]
        assert all(change.release in _NAMES for change in one.changes)


@pytest.mark.parametrize("finding", all_findings(), ids=lambda one: one.name)
def test_advice_as_code_is_short(finding: Finding) -> None:
    """It takes away or adds a line, and has at most eight; a text that a remedy replaces is in the witness."""
    lines = diff_of(finding).splitlines()
    assert all(re.match(r"[-+ ]( |$)", line) for line in lines)
    assert not lines or {line[0] for line in lines} != {" "}
    assert len(lines) <= _LONGEST_ADVICE
    assert bool(lines) == bool(finding.diff or finding.remedy)
    assert all(old in finding.witness for old in finding.remedy)


# Heads of blocks, of which a reader sees what becomes of them.
_HEADS = {
    "legacy_mesh_context_compiles_twice",
    "legacy_mesh_context_is_ignored",
    "missing_params_raise_attribute_error",
}


@pytest.mark.parametrize("finding", all_findings(), ids=lambda one: one.name)
def test_added_lines_can_be_copied(finding: Finding) -> None:
    """They parse as they are, begin and end with no empty line, and none is also taken away."""
    lines = diff_of(finding).splitlines()
    removed, added = ([line[2:] for line in lines if line[0] == sign] for sign in "-+")
    if finding.name not in _HEADS:
        ast.parse("\n".join(added))
    assert not lines or (lines[0].strip("-+ ") and lines[-1].strip("-+ "))
    # What moves is between lines that stay.
    assert not {*removed} & {*added} - {""} or any(line[0] == " " for line in lines)


_FILE = """
title = "Title"
topics = ["names"]
symbols = ["flax.nnx.bridge.ToNNX"]
symptom = "It raises."
do = "Rename it."
causes = ["to_nnx_forks_rngs"]

[[fails]]
first = "0.11.0"
last = "0.12.0"
exception = "ValueError"
message = "no (name|value)"
shown_by = ["generated.program_agrees[*_named_as_a_method]"]

[examples]
"generated.program_agrees[*]" = "program=None"
"""


def _read(folder: Path, text: str) -> tuple[Finding, ...]:
    (folder / "one.toml").write_text(text)
    return findings._read.__wrapped__(folder, CAUSES)


def test_file_is_read(tmp_path: Path) -> None:
    """Its name is that of the finding, and its causes are looked up."""
    (one,) = _read(tmp_path, _FILE)
    assert one.name == "one"
    assert [cause.release for cause in one.causes] == ["0.12.0"]
    assert one.failure("generated.program_agrees[param_named_as_a_method]", "0.11.2") is one.fails[0]
    assert not one.failure("generated.program_agrees[param_named_as_a_method]", "0.12.1")
    assert not one.failure("generated.program_agrees[param_named_as_a_method_of_nnx]", "0.11.2")
    assert not one.failure("generated.program_agrees[param_named_as_a_method]", "no flax")
    assert one.example("generated.program_agrees[param_named_as_a_method]") == "program=None"


def test_sentences_have_their_releases(tmp_path: Path) -> None:
    """A text is of all releases; a table names them, and they stand in front of it where no pair is asked for."""
    text = _FILE.replace('"Rename it."', '[{ last = "0.12.0", text = "Do it.", upgrade = "0.12.1" }, "Rename it."]')
    (one,) = _read(tmp_path, text)
    assert one.do == "Up to 0.12.0: Do it, or upgrade to 0.12.1. Rename it."
    assert [step.covers("0.12.1") for step in one.steps] == [False, True]
    assert not one.steps[1].covers("no flax")
    assert one.symptom == "It raises."


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"names"', '"name"', "topics are"),
        ('["names"]', "[]", "topics are"),
        ('do = "Rename it."', 'do = "Rename it."\nadvice = "No."', "unknown field `advice`"),
        ('do = "Rename it."', "", "missing required field `do`"),
        ('"to_nnx_forks_rngs"', '"rngs"', "no cause 'rngs'"),
        ('last = "0.12.0"', 'last = "0.10.7"', "ends before it begins"),
        ('"Rename it."', '[{ text = "Rename it.", fist = "0.12.0" }]', "unknown field `fist`"),
        ('"Rename it."', '{ text = "Rename it.", first = "0.12.0", last = "0.11.0" }', "ends before it begins"),
        ('"Rename it."', '["Rename it.", { first = "0.12.0" }]', "neither a text nor an upgrade"),
        ('"It raises."', '{ text = "It raises.", upgrade = "0.12.0" }', "unknown field `upgrade`"),
        ("(name|value)", "(name|value", "is no pattern"),
        ("generated.program_agrees[*", "generated.*[*", "outside of brackets"),
        ("[[fails]]", "[[fails]", "one.toml"),
        (_FILE[_FILE.index("[[fails]]") :], "", "no property shows it"),
        (_FILE[_FILE.index("[examples]") :], "", "no one example of"),
        ("[examples]\n", '[examples]\n"generated.*" = "program=1"\n', "no one example of"),
        ("[examples]\n", '[examples]\n"jit.grad" = "x=1"\n', "example of 'jit.grad' is of nothing"),
    ],
)
def test_damaged_file_is_named(tmp_path: Path, old: str, new: str, what: str) -> None:
    """For any mistake, the message begins with the name of the file."""
    assert old in _FILE
    with pytest.raises(BadFinding, match=rf"^one\.toml: .*{what}" if what != "one.toml" else r"^one\.toml: "):
        _read(tmp_path, _FILE.replace(old, new))


def test_failures_belong_to_one_finding(reports: list[Report]) -> None:
    """Each property that fails on a release does so because of one finding, with its exception and message."""
    spans = [(one.name, fails) for one in all_findings() for fails in one.fails]
    for report in reports:
        release = report.environment.flax
        for failed in (found for found in report.properties if found.outcome in _FAILING):
            fits = [(name, fails) for name, fails in spans if fails.covers(release) and fails.shows(failed.id)]
            assert len(fits) == 1, (failed.id, release, [name for name, _ in fits])
            ((_, fails),) = fits
            assert failed.failure
            assert failed.failure.exception == fails.exception, (failed.id, release)
            assert re.search(fails.message, failed.failure.message), (failed.id, release)


def test_known_failures_say_what_their_findings_say(reports: list[Report]) -> None:
    """The title and the advice, which are not written in the evidence: other words change nothing there."""
    known = [
        (report.environment.flax, one)
        for report in reports
        for one in report.properties
        if one.outcome == "known failure"
    ]
    assert known
    for release, one in known:
        finding = finding_of(one.id, release)
        assert finding is not None
        assert one.reason == finding.summary
    states = [state for line in of_reports(reports).lines for state in line.states]
    assert not [state for state in states if state.outcome == "known failure" and state.reason]


def test_spans_cover_nothing_else(reports: list[Report]) -> None:
    """Each pattern is for some property, and each property that it is for fails on all of the releases."""
    outcomes = {report.environment.flax: {one.id: one.outcome for one in report.properties} for report in reports}
    for one in all_findings():
        for fails in one.fails:
            for pattern in fails.shown_by:
                for release in filter(fails.covers, _NAMES):
                    shown = {name: it for name, it in outcomes[release].items() if matches(pattern, name)}
                    assert shown, (one.name, pattern, release)
                    healthy = [name for name, outcome in shown.items() if outcome not in _FAILING]
                    assert not healthy, (one.name, pattern, release)


@pytest.mark.parametrize("finding", [one for one in all_findings() if one.fails], ids=lambda one: one.name)
def test_advice_to_upgrade_names_a_release_that_does_not_fail(finding: Finding) -> None:
    """There is evidence of it, and neither it nor a later release fails."""
    for release in filter(None, (step.upgrade for step in finding.steps)):
        assert release in _NAMES
        assert not [later for later in _NAMES[_NAMES.index(release) :] if finding.covers(later)]


@pytest.mark.parametrize("finding", all_findings(), ids=lambda one: one.name)
def test_examples_are_arguments(finding: Finding) -> None:
    """They are Python, and each has a name."""
    for example in finding.examples.values():
        call = ast.parse(f"dict({example})", mode="eval").body
        assert isinstance(call, ast.Call)
        assert call.keywords
        assert not call.args


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    return [report_of(name) for name in _NAMES]


def _changes(old: Report, new: Report) -> Iterator[tuple[str, bool, bool, Verdict]]:
    """Each property that changed, whether it fails on OLD and on NEW, and how."""
    for found in compare(old, new):
        if found.verdict not in (Verdict.SAME, Verdict.STILL_FAILING):
            failed, fails = (side is not None and side.outcome in _FAILING for side in (found.old, found.new))
            yield found.id, failed, fails, found.verdict


def _of_change(name: str, before: str | None, after: str | None, release: str) -> list[Finding]:
    """The findings that a change belongs to: those of the failures on the two sides, else those that say so."""
    sides = [side for side in (before, after) if side]
    failures = [one for one in all_findings() if any(one.failure(name, side) for side in sides)]
    return failures if sides else [*findings_of_change(name, release)]


def test_every_change_belongs_to_a_finding(reports: list[Report]) -> None:
    """What the evidence shows from one release to the next begins, ends or changes a finding, which names a cause."""
    lost, unexplained = [], []
    for old, new in pairwise(reports):
        before, after = old.environment.flax, new.environment.flax
        for name, failed, fails, verdict in _changes(old, new):
            found = _of_change(name, before if failed else None, after if fails else None, after)
            is_new = verdict is Verdict.NEW  # an API that OLD lacks: a finding where it fails
            if not found:
                lost += [] if is_new and not fails else [(after, name)]
            elif not is_new and not any(cause.release == after for one in found for cause in one.causes):
                unexplained += [(after, one.name) for one in found]
    assert lost == []
    assert unexplained == []


def test_changes_are_in_the_evidence(reports: list[Report]) -> None:
    """Each release at which a finding says that something changes is one at which the evidence shows it."""
    changed = {new.environment.flax: {name for name, *_ in _changes(old, new)} for old, new in pairwise(reports)}
    for one in all_findings():
        for change in one.changes:
            for pattern in change.shown_by:
                assert any(matches(pattern, name) for name in changed[change.release]), (one.name, pattern)


def test_causes_are_of_releases_that_change_the_finding(reports: list[Report]) -> None:
    """A cause is of a release at which a span begins or after which one ends, or that changes what is shown."""
    worded = {new.environment.flax: _with_other_messages(old, new) for old, new in pairwise(reports)}
    after = dict(pairwise(_NAMES))
    for one in all_findings():
        ends = {after[fails.last] for fails in one.fails if fails.last}
        known = ends | {fails.first for fails in one.fails} | {change.release for change in one.changes}
        for cause in one.causes:
            reworded = any(one.failure(name, cause.release) for name in worded[cause.release])
            assert cause.release in known or reworded, (one.name, cause)


def _with_other_messages(old: Report, new: Report) -> set[str]:
    """The properties that fail on both releases, with another exception or message."""
    before = {one.id: one.failure for one in old.properties}
    pairs = ((one.id, before.get(one.id), one.failure) for one in new.properties)
    return {
        name for name, was, now in pairs if was and now and (was.exception, was.message) != (now.exception, now.message)
    }


def test_every_cause_is_used() -> None:
    """Each cause is that of a finding, says what was and what is, and where to read it."""
    causes = findings._converted(CAUSES, dict[str, findings.Cause])
    used = {cause for one in all_findings() for cause in one.causes}
    assert [name for name, cause in causes.items() if cause not in used] == []
    assert len({*causes.values()}) == len(causes)
    for cause in causes.values():
        assert cause.release in _NAMES
        assert re.fullmatch(r"[A-Z`].*\.", cause.what)
        assert cause.link.startswith("https://")


def test_folder_holds_findings_alone() -> None:
    """Whoever adds a file there adds a finding; only the causes have one of their own."""
    files = {path.name for path in FOLDER.iterdir() if path.is_file()}
    assert files - {f"{finding.name}.toml" for finding in all_findings()} == {"__init__.py", CAUSES.name}


def test_wrong_file_is_refused_in_a_line(newest: Path, tmp_path: Path) -> None:
    """A run of the properties names the file, and shows no traceback."""
    copy = tmp_path / "suite"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "meta_tests", "runs", "__pycache__"))
    (copy / "properties" / "findings" / "wrong.toml").write_text('title = "It is wrong"\n')
    command = [str(newest), "-m", "pytest", "properties/test_affine.py"]
    run = subprocess.run(command, cwd=copy, env=environment(), capture_output=True, text=True, check=False)
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert run.stderr.startswith("ERROR: properties/findings/wrong.toml: Object missing required field")
    assert "Traceback" not in run.stdout + run.stderr
