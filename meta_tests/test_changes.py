"""The list of what changed from release to release: a bullet for each finding, with what to do about it."""

from itertools import pairwise

import msgspec
import pytest

from meta_tests.sample_reports import failing, observing, passing, report
from reports import releases
from reports.answer import upgrade
from reports.markdown import code, prose, sentence
from reports.model import Property
from reports.render.changes import as_markdown


def between(old: Property, new: Property) -> str:
    """What changed from 0.1.0 to 0.2.0, whose reports are given in the wrong order."""
    return as_markdown([report("0.2.0", new), report("0.1.0", old)])


def test_what_does_not_change_is_not_listed() -> None:
    """Neither what passes nor what still fails."""
    assert between(passing("jit.a"), passing("jit.a")).endswith("\n\nNothing.\n")
    assert between(failing("jit.a"), failing("jit.a")).endswith("\n\nNothing.\n")


def test_change_without_a_finding_is_told_by_its_property() -> None:
    """It says what the property says, what to do, and the values."""
    text = between(observing("jit.a", {"x": 1}), observing("jit.a", {"x": "two"}))
    advice = "Restore a checkpoint instead of drawing the weights anew."
    assert f'- **differs**: The sentence of a. {advice} x: 1 → "two". (`jit.a`)' in text
    assert "- **breaks**: The sentence of a. (`jit.a`)" in between(passing("jit.a"), failing("jit.a"))


def test_finding_is_one_bullet_with_its_first_properties() -> None:
    """Many properties show it; the first few of them are named."""
    names = [f"subjects.filters[{name}]" for name in ("Attention", "Counter", "GRU", "LSTM", "MLP")]
    old = report("0.11.0", *(failing(name, outcome="known") for name in names))
    new = report("0.11.1", *map(passing, names))
    (bullet,) = (line for line in as_markdown([old, new]).splitlines() if line.startswith("- "))
    assert bullet.startswith("- **works now**: `nnx.pop` raises for variables in submodules")
    assert bullet.endswith(
        "(`subjects.filters[Attention]`, `subjects.filters[Counter]`, `subjects.filters[GRU]` and 2 more)"
    )


def test_newest_release_comes_first_and_none_is_left_out() -> None:
    """Each release but the oldest has a heading, also where nothing changed."""
    same = [report(release, passing("jit.a")) for release in ("0.2.0", "0.10.0", "0.1.0")]
    headings = [line for line in as_markdown(same).splitlines() if line.startswith("## ")]
    assert headings == ["## 0.10.0", "## 0.2.0"]
    assert as_markdown(same).count("\n\nNothing.") == 2


def test_reports_that_cannot_be_compared_show_no_change() -> None:
    """What the gate would not compare is not called a change; the section says why."""
    old, new = report("0.1.0", passing("jit.a")), report("0.2.0", failing("jit.a"))
    text = as_markdown([old, msgspec.structs.replace(new, implementation="other.py")])
    assert "- not comparable: the implementation differs: reference on OLD, other.py on NEW" in text
    assert "breaks" not in text


def test_each_section_is_of_its_own_pair() -> None:
    """Two reports of one release are compared with one another, and neither gets what the other showed."""
    old, new = report("0.1.0", passing("jit.a")), report("0.2.0", failing("jit.a"))
    sections = as_markdown([old, new, new]).split("## 0.2.0")[1:]
    assert ["breaks" in section for section in sections] == [False, True]


def test_release_that_is_no_version_is_compared() -> None:
    """A report of any name has its section."""
    text = as_markdown([report("0.1.0", passing("jit.a")), report("no flax", failing("jit.a", outcome="known"))])
    assert "- **breaks**: The sentence of a." in text


@pytest.mark.parametrize(("old", "new"), pairwise(releases.releases()))
def test_list_holds_the_answer_to_each_upgrade(old: str, new: str) -> None:
    """Each thing that changes with a release is a bullet there, and each cause has a link that GitHub shows as one."""
    found = upgrade(releases.report_of(old), releases.report_of(new))
    text = as_markdown([found.old, found.new])
    assert text.count("\n- **") == len(found.entries)
    for entry in found.entries:
        assert f"\n- **{entry.kind}**: {prose(sentence(entry.title))}" in text
        assert code(entry.properties[0]) in text
        for cause in entry.causes:
            assert f". {prose(cause.what)} ([source]({cause.link}))\n" in text
