"""What the page is made from: every pair's answer is that of upgrade(), each thing once, nothing of it markup."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import msgspec
import pytest

from meta_tests.support.runs import node
from meta_tests.support.sample_reports import HOSTILE, failing, hostile, observing, passing, report
from properties.findings import finding_of
from reports import releases
from reports.answer import EntryKind, Upgrade, upgrade
from reports.model import Property, Report, Suite
from reports.render import words
from reports.render.matrix.matrix import Matrix, matrix
from reports.render.site import origin
from reports.render.site.charts import distributions, examples, health, seconds
from reports.render.site.content import Site, first_pair, site
from reports.render.site.origin import Origin
from reports.render.site.pages import page

ID = "affine.zeros"
BEHAVIOURS: tuple[Property | None, ...] = (
    passing(ID),
    failing(ID),
    failing(ID, "output[0] is nan"),
    observing(ID, {"x": 1, "y": [1, 2]}),
    observing(ID, {"x": 2, "y": [1, 2, 3]}),
    passing(ID, outcome="unsupported", reason="no such method"),
    passing(ID, outcome="crashed", reason="its process died"),
    None,
)
NEWEST = "0.12.12"


@pytest.fixture(scope="module")
def committed() -> Matrix:
    return matrix([releases.report_of(release) for release in releases.releases()])


@pytest.fixture(scope="module")
def content(committed: Matrix) -> Site:
    return site(committed)


def _looked_up(content: Site, old: int, new: int) -> Iterator[tuple[Any, ...]]:
    """The entries that the page shows of two releases."""
    for number in content.answers[content.pairs[old][new]].items:
        item = content.items[number]
        subject = content.subjects[item.subject]
        remedy = content.remedies[item.remedy] if item.remedy >= 0 else None
        values = [content.values[place] for place in item.values]
        yield (
            content.sections[item.kind].kind,
            subject.name,
            subject.title,
            subject.topics,
            tuple(content.properties[place].id for place in item.shown_by),
            item.since,
            remedy and remedy.do,
            remedy and remedy.diff,
            item.notice,
            item.cases,
            item.error,
            [(one.name, _side(one.pieces, "=-"), _side(one.pieces, "=+")) for one in values],
            [content.causes[place] for place in item.causes],
        )


def _side(pieces: tuple[tuple[str, str], ...], kinds: str) -> str:
    return "".join(text for kind, text in pieces if kind in kinds)


def _answered(found: Upgrade) -> Iterator[tuple[Any, ...]]:
    for entry in found.entries:
        yield (
            entry.kind,
            entry.finding.name if entry.finding else None,
            entry.title,
            entry.topics,
            entry.properties,
            words.since(entry),
            entry.do,
            entry.diff,
            words.notice(entry),
            words.cases(entry) or words.workaround(entry),
            entry.error,
            [(change.name, _text(change.old), _text(change.new)) for change in entry.changes],
            list(entry.causes),
        )


def _text(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _assert_answers(content: Site, found: Matrix, old: int, new: int) -> None:
    expected = upgrade(found.releases[old].report, found.releases[new].report)
    answer = content.answers[content.pairs[old][new]]
    assert (answer.same, answer.of, answer.doubts) == (expected.same, expected.of, expected.doubts)
    assert answer.python == words.python(expected)
    assert [content.subjects[one].title for one in answer.still_failing] == [
        one.title for one in expected.still_failing
    ]
    assert list(_looked_up(content, old, new)) == list(_answered(expected))


def test_every_two_behaviours_are_answered_as_upgrade_answers() -> None:
    """In both directions; and a release has no answer for itself."""
    found = matrix([report(f"0.{n}.0", *([one] if one else [])) for n, one in enumerate(BEHAVIOURS)])
    content = site(found)
    for old, new in permutations(range(len(BEHAVIOURS)), 2):
        _assert_answers(content, found, old, new)
    assert {content.pairs[n][n] for n in range(len(BEHAVIOURS))} == {-1}


def test_committed_evidence_is_answered_as_upgrade_answers(committed: Matrix, content: Site) -> None:
    """Each two neighbours in both directions, and the whole way."""
    last = len(committed.releases) - 1
    pairs = [*pairwise(range(last + 1)), (0, last)]
    for old, new in pairs:
        _assert_answers(content, committed, old, new)
        _assert_answers(content, committed, new, old)
    assert any(item.causes for item in content.items)
    # What cannot be told comes of a run that died, of which there is no evidence.
    assert {content.sections[item.kind].kind for item in content.items} == set(words.COUNTED) - {EntryKind.UNCLEAR}


def test_incomparable_pairs_have_doubts_and_no_entries() -> None:
    """The reasons are those of upgrade()."""
    other = Suite({ID: "d2"}, "hunt")
    found = matrix([report("0.0.0", passing(ID)), report("0.1.0", failing(ID), suite=other, complete=False)])
    content = site(found)
    _assert_answers(content, found, 0, 1)
    assert len(content.answers[content.pairs[0][1]].doubts) == 4
    assert content.items == []


def test_known_failures_have_their_finding(committed: Matrix, content: Site) -> None:
    """A property lists the finding of each release on which it is known to fail."""
    for row, shown in zip(committed.rows, content.properties, strict=True):
        names = {content.subjects[number].name for number in shown.findings}
        for flax, cell in zip(row.flax, row.cells, strict=True):
            if cell and cell.outcome == "known failure":
                found = finding_of(row.id, flax)
                assert found is not None
                assert found.name in names


def test_states_are_those_of_the_reports(committed: Matrix, content: Site) -> None:
    """For each property and release the outcome, the reason and the exception."""
    for row, shown in zip(committed.rows, content.properties, strict=True):
        for cell, number in zip(row.cells, shown.at, strict=True):
            assert (number == -1) == (cell is None)
            if cell:
                state = content.states[number]
                assert (state.outcome, state.reason) == (cell.outcome, cell.reason)
                assert bool(state.failure) == bool(cell.failure)
                assert state.observations.keys() == cell.observations.keys()


@pytest.mark.parametrize(
    ("labels", "pair"),
    [
        (["0.11.1", "0.11.2", "0.12.0", "0.12.1"], ("0.11.2", "0.12.1")),
        (["0.12.0", "0.12.1", "0.12.10"], ("0.12.0", "0.12.10")),
        (["0.12.0"], ("0.12.0", "0.12.0")),
    ],
)
def test_first_pair(labels: list[str], pair: tuple[str, str]) -> None:
    """The last release of the minor release before, and the newest."""
    assert first_pair(matrix([report(label, passing(ID)) for label in labels])) == pair


def test_health_fills_the_plot() -> None:
    """The parts of a release lie on each other, what fails at the bottom, and a smaller run is a lower bar."""
    whole = [failing("a.a"), passing("a.b"), passing("a.c", outcome="known failure"), observing("a.d", {"x": 1})]
    plot = health(matrix([report("0.9.0", *whole), report("0.10.0", *whole[:2])]))
    first = [(part.outcome, part.y, part.height) for part in plot.parts if part.x < 50]
    assert first == [("failed", 75, 25), ("known failure", 50, 25), ("observed", 25, 25), ("passed", 0, 25)]
    second = [(part.outcome, part.y, part.height) for part in plot.parts if part.x > 50]
    assert second == [("failed", 75, 25), ("passed", 50, 25)]
    assert [(mark.label, mark.x) for mark in plot.marks] == [("0.9", 0), ("0.10", 50)]
    assert plot.most == 4


def test_charts_add_up() -> None:
    """Time and examples are summed by chapter; a report without timings leaves a gap, none at all no chart."""
    timed, untimed = [[passing("jit.a", seconds=s), passing("jit.b", seconds=s)] for s in (1.5, None)]
    found = matrix([report("0.0.0", *timed), report("0.1.0", *untimed), report("0.2.0")])
    assert [bars.values for bars in seconds(found)] == [(3.0, None, None)]
    assert [bars.values for bars in examples(found)] == [(200, 200, None)]
    assert "Cost by chapter" in page(found, Origin("0.1.0"))
    without = matrix([report("0.1.0", *untimed)])
    assert seconds(without) == []
    assert "Cost by chapter" not in page(without, Origin("0.1.0"))


def test_events_are_aggregated_by_kind_and_class() -> None:
    """Events of several properties are added; one without a kind is among the others."""
    drawn = distributions([passing(ID), passing(ID, events={"seed: small": 20, "x.filter(lambda y: y)": 1}), None])
    assert list(drawn) == ["input", "seed", "shape", "other"]
    assert [(one.name, one.count, one.share) for one in drawn["seed"]] == [("small", 80, 0.8), ("negative", 20, 0.2)]
    assert {one.name for one in drawn["other"]} == {"retried", "x.filter(lambda y: y)"}


def test_a_large_matrix_stays_small() -> None:
    """24 releases of 80 properties that change with each make a page below 2 MB."""
    many = [passing(f"jit.property_{number}") for number in range(60)]
    failed = [failing(f"affine.property_{number}", f"message {number} " * 20) for number in range(10)]
    reports = [
        report(f"0.{n}.0", *many, *failed, *(observing(f"reinit.p{i}", {"x": [n] * 50}) for i in range(10)))
        for n in range(24)
    ]
    assert len(page(matrix(reports), Origin("0.1.0")).encode()) < 2_000_000


@pytest.mark.parametrize("reports", [[hostile("0.1.0"), hostile("0.2.0")], [report("0.1.0")]])
def test_page_has_the_elements_of_its_template_alone(reports: list[Report]) -> None:
    """Whatever the reports say; and its script reads the content as it was."""
    text = page(matrix(reports), Origin("0.1.0"))
    assert HOSTILE not in text
    assert "<img" not in text
    assert text.count("<script") == text.count("</script>") == 2
    assert "\u202e" not in text
    (embedded,) = re.findall(r'<script type="application/json" id="content">(.*)</script>', text)
    read = msgspec.json.decode(embedded.replace("\\\\u202e", "\\u202e"), type=Site)
    assert read == site(matrix(reports))


def test_tooltips_are_plain_text() -> None:
    """A browser shows them as they are, so that a backtick would be one."""
    titles = re.findall(r' title="([^"]*)"', page(matrix([report("0.1.0", passing(ID))]), Origin("0.1.0")))
    assert titles
    assert not [title for title in titles if "`" in title]


def test_page_says_where_it_is_from(committed: Matrix) -> None:
    """Version, commit, repository and the day of the runs."""
    found = matrix([report("0.1.0", passing(ID))])
    text = page(found, Origin("0.1.0", "abc1234567", "https://github.com/someone/suite"))
    assert "Suite 0.1.0, commit <code>abc1234567</code>. Runs of 2026-11-23." in text
    assert '<a href="https://github.com/someone/suite" rel="noreferrer">Repository</a>' in text
    assert "commit" not in page(found, Origin("0.1.0")).partition("<footer>")[2].partition("</footer>")[0]


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/someone/suite.git", "https://github.com/someone/suite"),
        ("git@github.com:someone/suite.git", "https://github.com/someone/suite"),
        ("ssh://git@github.com/someone/suite", "https://github.com/someone/suite"),
        ("https://token@github.com/someone/suite", None),
        ("https://example.org/someone/suite", None),
        ("../suite", None),
        (None, None),
    ],
)
def test_repository_is_that_of_the_remote(
    remote: str | None, address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only where it is on GitHub, and never with what is secret; in a workflow it is the workflow's."""
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    monkeypatch.setattr(origin, "_git", lambda *arguments: remote)
    assert origin.origin().repository == address
    monkeypatch.setenv("GITHUB_REPOSITORY", "other/suite")
    assert origin.origin().repository == "https://github.com/other/suite"


def test_installed_suite_has_no_commit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A repository that it is installed in is not its own."""
    monkeypatch.setattr(origin, "ROOT", tmp_path)
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert (origin.origin().commit, origin.origin().repository) == (None, None)


def test_id_says_where_pytest_finds_a_property() -> None:
    """The page makes the command from it."""
    newest = releases.report_of(releases.releases()[-1])
    assert {one.nodeid for one in newest.properties} == {node(one.id) for one in newest.properties}
