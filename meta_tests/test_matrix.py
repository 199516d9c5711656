"""The matrix: histories in words, strips, Markdown, JSON."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from meta_tests.support.sample_reports import failing, hostile, observing, passing, report
from properties.findings import all_findings
from reports.markdown import escaped, prose
from reports.model import Property, Report, Shards, Suite
from reports.render.matrix.history import history, in_words
from reports.render.matrix.matrix import Matrix, matrix
from reports.render.matrix.matrix_json import MatrixFile, matrix_json
from reports.render.matrix.matrix_markdown import matrix_markdown
from reports.render.site.origin import Origin
from reports.render.site.pages import page, write_matrix
from reports.sanitize import visible

ID = "affine.zeros"

# A way in which a property behaves, by a letter; a word of them is a history.
BEHAVIOURS: dict[str, Property | None] = {
    "p": passing(ID),
    "f": failing(ID),
    "g": failing(ID, "output[0] is nan"),
    "o": observing(ID, {"x": 1}),
    "q": observing(ID, {"x": 2}),
    "u": passing(ID, outcome="unsupported", reason="no such method"),
    "b": passing(ID, outcome="crashed", reason="its process died"),
    "-": None,
}


@pytest.mark.parametrize(
    ("behaviours", "words"),
    [
        ("p", "holds on r0"),
        ("ppp", "holds on every release"),
        ("ffp", "fails on r0 and r1, holds from r2"),
        ("fffpp", "fails on r0 to r2, holds from r3"),
        ("pfpp", "holds on r0, fails on r1, holds from r2"),
        ("-pp", "holds on r1 and r2, never run on r0"),
        ("p-p", "holds on r0 and r2, never run on r1"),
        ("f-p", "fails on r0, holds from r2, never run on r1"),
        ("fp-", "fails on r0, holds on r1, never run on r2"),
        ("---", "never run"),
        ("ub", "is unsupported on r0, crashes from r1"),
        ("oo", "is observed on every release"),
        ("oqqo", "is observed on every release, what it shows changes with r1 and r3"),
        ("o-q", "is observed on r0 and r2, what it shows changes with r2, never run on r1"),
        ("po", "holds on r0, is observed from r1"),
    ],
)
def test_history_in_words(behaviours: str, words: str) -> None:
    """A clause for each stretch of one outcome; what was not run is in no stretch and is said at the end."""
    assert history({f"r{number}": BEHAVIOURS[letter] for number, letter in enumerate(behaviours)}) == words


def test_releases_in_words() -> None:
    """Three neighbours and more are a range."""
    assert in_words("abcdefg", {"a", "c", "d", "e", "g"}) == "a, c to e and g"
    assert in_words("abc", {"a", "b"}) == "a and b"


def _columns(*cells: Property | None) -> Matrix:
    return matrix([report(f"0.{number}.0", *([cell] if cell else [])) for number, cell in enumerate(cells)])


def test_releases_are_in_order_whatever_the_order_of_the_reports() -> None:
    """0.10 comes after 0.9, and two reports of one Flax are both there under names of their own."""
    found = matrix([report("0.10.0"), report("0.9.0", passing(ID)), report("0.10.0")])
    assert found.labels[0] == "0.9.0"
    assert len(set(found.labels)) == 3
    assert found.rows[0].outcomes == ("passed", "not run", "not run")


def test_the_newest_report_says_what_a_property_is() -> None:
    """A process that dies says nothing, so the sentence of an earlier report stands."""
    (row,) = _columns(passing(ID, statement="Old."), passing(ID, statement="New."), passing(ID, statement="")).rows
    assert row.statement == "New."


def test_row_says_which_feature_it_is_of() -> None:
    """A row of programs tells its feature in place of the sentence that all of them share, the row of several none."""
    programs = [passing(f"generated.a[{name}]", feature=f"A {name}.") for name in ("box", "call")]
    rows = matrix([report("0.1.0", *programs)]).rows
    assert [row.feature for row in rows] == ["A box.", "A call."]
    found = matrix([report("0.1.0", failing("generated.a[box]", feature="A box."))])
    assert "A box." in matrix_markdown(found)
    assert "A box." in page(found, Origin("0.1.0"))


def test_strips_have_a_letter_for_each_value() -> None:
    """A value that comes back has its letter again; 1, 1.0 and true are three values; what is absent has none."""
    values: list[dict[str, Any]] = [{"x": 1}, {"x": 1.0}, {"x": 1}, {"x": True}, {}, {"x": {"b": [1], "a": None}}]
    (row,) = _columns(*(observing(ID, value) for value in values)).rows
    (strip,) = row.strips
    assert strip.letters == ("A", "B", "A", "C", None, "D")
    assert strip.values == {"A": "1", "B": "1.0", "C": "true", "D": '{"a": null, "b": [1]}'}
    assert [release for release, _ in strip.since(row.releases)] == ["0.0.0", "0.1.0", "0.2.0", "0.3.0", "0.5.0"]


def test_more_values_than_letters() -> None:
    """Every value has a name of its own."""
    (row,) = _columns(*(observing(ID, {"x": number}) for number in range(60))).rows
    assert len(set(row.strips[0].letters)) == 60


@pytest.mark.parametrize(
    ("change", "doubt"),
    [
        (
            {"suite": Suite({ID: "d2"}, "gate")},
            f"the suite differs: {ID} had other code on OLD than on NEW.",
        ),
        ({"implementation": "mine.py"}, "Not comparable: the implementation differs"),
        ({"complete": False, "ended": None}, "0.1.0: the run is not whole"),
        ({"shards": Shards(of=2, present=[1])}, "0.1.0: the run is not whole"),
    ],
)
def test_doubts_are_said_everywhere(change: dict[str, Any], doubt: str) -> None:
    """What keeps two columns from being compared is in all three files."""
    whole = report("0.0.0", passing(ID))
    found = matrix([whole, msgspec.structs.replace(report("0.1.0", passing(ID)), **change)])
    assert doubt in found.doubts[0]
    assert doubt in page(found, Origin("0.1.0"))
    assert doubt in matrix_markdown(found)
    assert doubt in matrix_json(found)
    assert not matrix([whole]).doubts


def test_visible() -> None:
    """What has no shape, and what turns the writing round, is written as an escape; lines and letters stay."""
    assert visible("a\nb\té 漢") == "a\nb\té 漢"
    assert visible("\u202ea\u200b\x00\x1b\U000e0041") == r"\u202ea\u200b\x00\x1b\U000e0041"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a|b", "a&#124;b"),
        ("`a` *b* _c_ snake_case", r"\`a\` \*b\* \_c\_ snake_case"),
        ("<img src=x> &lt;", "&lt;img src=x&gt; &amp;lt;"),
        ("two\nlines\r\n| of it", "two lines &#124; of it"),
        ("@root and x @ kernel", "@&#8203;root and x @ kernel"),
        ("closes #12", r"closes \#&#8203;12"),
        ("https://a.b www.c.d", "https:&#8203;//a.b www&#8203;.c.d"),
        ("[a](b) ![c](d)", r"\[a\](b) \!\[c\](d)"),
        ("\\| $x$", r"\\&#124; \$x\$"),
        ("\u202eright", r"\\u202eright"),
        ("- one", r"\- one"),
        ("+ one", r"\+ one"),
        ("1. one", r"1\. one"),
        ("2) two", r"2\) two"),
        ("---", r"\---"),
        ("-0.5 and 1.5", "-0.5 and 1.5"),
    ],
)
def test_markdown_is_escaped(text: str, written: str) -> None:
    """Text of a report is one cell's text in Markdown: no markup, no list, no link, no mention."""
    assert escaped(text) == written


def test_prose_begins_no_list() -> None:
    """A note that begins like one is one line of the list in which it stands."""
    assert prose("- of `one`") == r"\- of `one`"


def test_markdown_of_hostile_reports_keeps_its_form() -> None:
    """Every row of a table has the cells of its header, and no text of a report is markup; plain words may be code."""
    text = matrix_markdown(matrix([hostile("0.1.0"), hostile("0.2.0")]))
    for table in text.split("\n\n"):
        lines = table.strip().split("\n")
        if lines[0].startswith("|"):
            assert len({line.count("|") for line in lines}) == 1
    without_code = re.sub(r"(?<!\\)`[\w. ]+`", "", text)
    for forbidden in ("<", "@root", "\u202e", " `", " *b"):
        assert forbidden not in without_code


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("`ToNNX` raises.", "`ToNNX` raises."),
        ("one `backtick", r"one \`backtick"),
        ("`a|b` and `<i>`", "a&#124;b and &lt;i&gt;"),
        ("*no* `@root`", "\\*no\\* @&#8203;root"),
    ],
)
def test_prose_keeps_code(text: str, written: str) -> None:
    """Words between backticks are code, unless they hold what could end the code or call somebody."""
    assert prose(text) == written


def test_markdown_shows_what_did_not_hold_and_what_changes() -> None:
    """Counts by release and chapter, then what fails and where, then each value that changes."""
    drifting = [observing("affine.seen", {"x": value, "y": 0}) for value in (1, 2)]
    reports = [report("0.1.0", failing(ID), drifting[0]), report("0.2.0", passing(ID), drifting[1])]
    text = matrix_markdown(matrix(reports))
    assert "| 0.1.0 | 0.7.0 | 2026-11-23 | 1o 1F | 1o 1F |" in text
    assert "## What fails on 0.2.0\n\n0 of 2 properties fail, grouped by what they show.\n\nNothing." in text
    assert "older releases only\n\n- The sentence of zeros. Failed on 0.1.0: `affine.zeros`\n" in text
    assert "| affine.seen: x | 0.1.0 | 1 |\n|  | 0.2.0 | 2 |" in text
    assert "affine.seen: y" not in text


def test_markdown_groups_what_shows_alike() -> None:
    """One reason is one bullet, below which stand the places where it shows; every property of the newest is named."""
    both, late = ("generated.a[one]", "generated.a[two]"), "generated.a[three]"
    old = report("0.1.0", *(_known(name) for name in both), passing(late), _unsupported("jit.new"))
    new = report("0.2.0", *(_known(name) for name in (*both, late)), passing("jit.new"))
    text = matrix_markdown(matrix([new, old]), ["0.3.0"])
    assert "## What fails on 0.2.0\n\n3 of 4 properties fail, grouped by what they show." in text
    assert "\n- `ToNNX` raises.\n" in text
    assert "\n  - Known failure on 0.1.0 and 0.2.0: `generated.a` of `one`, `two`\n" in text
    assert "\n  - Known failure on 0.2.0: `generated.a` of `three`\n" in text
    assert "does not support\n\n- It has no x. Unsupported on 0.1.0: `jit.new`\n" in text
    assert text.endswith("\n\nNot run: 0.3.0\n")


def test_each_reason_stands_at_its_own_releases() -> None:
    """What a property shows on older releases for another reason is not said of the newest one, nor the other way."""
    old, new = (failing("jit.a", outcome="known failure", reason=why) for why in ("It raises.", "It is ignored."))
    text = matrix_markdown(matrix([report("0.1.0", old), report("0.2.0", new)]))
    now, before = text.partition("## What fails on older releases only")[::2]
    assert "\n- It is ignored. Known failure on 0.2.0: `jit.a`\n" in now
    assert "raises" not in now
    assert "1 of 1 properties fail" in now
    assert before.startswith("\n\n- It raises. Known failure on 0.1.0: `jit.a`\n")


def test_known_failure_has_links_to_the_source() -> None:
    """They are the causes of its finding, by release."""
    text = matrix_markdown(matrix([report("0.11.0", _known("subjects.filters[MLP]"))]))
    (finding,) = (one for one in all_findings() if one.name == "pop_of_variables_in_submodules")
    links = ", ".join(f"[{cause.release}]({cause.link})" for cause in finding.causes)
    assert f"\n- `ToNNX` raises. (Cause: {links}) Known failure on 0.11.0: `subjects.filters` of `MLP`\n" in text


def test_link_to_a_whole_release_says_that_the_commit_is_not_known() -> None:
    """A comparison of two releases is no cause."""
    text = matrix_markdown(matrix([report("0.12.12", _known("to_linen.program_agrees[sharding_metadata]"))]))
    link = "https://github.com/google/flax/compare/v0.12.10...v0.12.12"
    assert f"(Cause: [0.12.12]({link}), commit not identified) Known failure" in text


def _known(name: str) -> Property:
    return failing(name, outcome="known failure", reason="`ToNNX` raises.")


def _unsupported(name: str) -> Property:
    return passing(name, outcome="unsupported", reason="It has no x.")


def test_json_has_the_documented_shape() -> None:
    """It is read back with its types, and says of each release what the reports said."""
    reports = [report("0.2.0", observing(ID, {"x": {"a": 1}})), report("0.1.0", BEHAVIOURS["u"] or passing(ID))]
    text = matrix_json(matrix(reports))
    content = msgspec.json.decode(text, type=MatrixFile)
    assert [one.label for one in content.releases] == ["0.1.0", "0.2.0"]
    assert content.releases[1].environment == reports[0].environment
    (found,) = content.properties
    assert found.outcomes == {"0.1.0": "unsupported", "0.2.0": "observed"}
    assert found.observations == {"x": {"0.2.0": {"a": 1}}}
    assert found.history == "is unsupported on 0.1.0, is observed from 0.2.0"
    assert json.loads(text)["schema"] == 1


@pytest.mark.parametrize("reports", [[report("0.1.0")], [report("0.1.0", passing(ID))], [hostile("0.1.0")] * 2])
def test_three_files_are_written(reports: list[Report], tmp_path: Path) -> None:
    """Also of one report, of an empty one, and of two that are the same; over what was there."""
    (tmp_path / "index.html").write_text("old")
    written = write_matrix(reports, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "matrix.json", "matrix.md"]
    assert {path.name for path in written} == {"index.html", "matrix.json", "matrix.md"}
    assert (tmp_path / "index.html").read_text().startswith("<!doctype html>")


def test_nothing_is_written_by_halves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one file cannot be made, the others are left as they were too."""
    monkeypatch.setattr("reports.render.site.pages.matrix_json", lambda found: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_matrix([report("0.1.0", passing(ID))], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_turns_are_the_releases_where_something_changes() -> None:
    """A property turns where its outcome or an observation is another than on the run before, gaps passed over."""
    cells = ["f", "f", "p", "-", "p", "u"]
    reports = [report(f"0.{n}.0", *filter(None, [BEHAVIOURS[letter]])) for n, letter in enumerate(cells)]
    assert matrix(reports).rows[0].turns == ("0.2.0", "0.5.0")
    seen = [report(f"0.{n}.0", observing(ID, {"x": value})) for n, value in enumerate([1, 1, 2])]
    assert matrix(seen).rows[0].turns == ("0.2.0",)
