"""The list of changes: each finding once at each release that begins, changes or ends it, with what to do."""

import re
from itertools import pairwise

import msgspec
import pytest

from meta_tests.support.sample_reports import failing, observing, passing, report
from properties.findings import Finding, all_findings, finding_of
from reports.markdown import prose, sentence
from reports.model import Property
from reports.releases import releases, report_of
from reports.render.changes import as_markdown

_BULLET = re.compile(
    r"^- .* \(\[finding\]\(\.\./\.\./properties/findings/(\w+)\.toml\)[^()]*(\(https://\S+\)[^()]*)*\)$"
)


@pytest.fixture(scope="module")
def listed() -> dict[str, dict[str, str]]:
    """By release, by finding: its bullet."""
    sections = re.split(r"^## (\S+)$", as_markdown(map(report_of, releases())), flags=re.MULTILINE)
    found: dict[str, dict[str, str]] = {}
    for release, text in zip(sections[1::2], sections[2::2], strict=True):
        bullets = [line for line in text.splitlines() if line.startswith("- ")]
        matched = [_BULLET.match(line) for line in bullets]
        assert all(matched), bullets
        names = [one[1] for one in matched if one]
        assert len({*names}) == len(names), f"a finding has two bullets at {release}"
        found[release] = dict(zip(names, bullets, strict=True))
    return found


def test_each_release_but_the_oldest_has_a_heading(listed: dict[str, dict[str, str]]) -> None:
    """The newest comes first."""
    assert list(listed) == releases()[:0:-1]


@pytest.mark.parametrize("finding", all_findings(), ids=lambda one: one.name)
def test_finding_is_listed_where_it_turns(finding: Finding, listed: dict[str, dict[str, str]]) -> None:
    """At each release at which it begins, ends or changes; where it ends because another takes its place, that one."""
    known = releases()
    turned = {change.release for change in finding.changes}
    for old, new in pairwise(known):
        if finding.covers(old) and not finding.covers(new):
            shown = [name for name in report_of(old).by_id if finding.failure(name, old)]
            others = {other.name for name in shown if (other := finding_of(name, new))}
            assert {finding.name, *others} & {*listed[new]}
        elif finding.covers(old) != finding.covers(new):
            turned.add(new)
    assert turned <= {release for release, bullets in listed.items() if finding.name in bullets}


def test_bullet_says_what_to_do_where_it_fails(listed: dict[str, dict[str, str]]) -> None:
    """What is over is said to be so."""
    by_name = {one.name: one for one in all_findings()}
    for release, bullets in listed.items():
        before = releases()[releases().index(release) - 1]
        for name, bullet in bullets.items():
            finding = by_name[name]
            assert (f"Up to {before}: " in bullet) == (f" {prose(finding.do)} (" not in bullet), bullet
            assert not (finding.covers(release) and f"Up to {before}: " in bullet), bullet
            assert prose(sentence(finding.title)) in bullet


def test_bullet_says_what_was_and_what_is(listed: dict[str, dict[str, str]]) -> None:
    """Each has an arrow."""
    bullets = [bullet for of_release in listed.values() for bullet in of_release.values()]
    assert [bullet for bullet in bullets if "→" not in bullet] == []


def between(old: Property, new: Property) -> str:
    """What changed from 0.1.0 to 0.2.0, whose reports are given in the wrong order."""
    return as_markdown([report("0.2.0", new), report("0.1.0", old)])


def test_what_does_not_change_is_not_listed() -> None:
    """Neither what passes nor what still fails."""
    assert between(passing("jit.a"), passing("jit.a")).endswith("\n\nNothing.\n")
    assert between(failing("jit.a"), failing("jit.a")).endswith("\n\nNothing.\n")


def test_property_without_a_finding_is_listed() -> None:
    """By its id, with what it does now and the advice that it brings."""
    assert "- `jit.a`: works → fails. The sentence of a." in between(passing("jit.a"), failing("jit.a"))
    assert '- `jit.a`: x: 1 → "two". The sentence' in between(
        observing("jit.a", {"x": 1}), observing("jit.a", {"x": "two"})
    )
    unsupported = passing("jit.a", outcome="unsupported", reason="no a")
    assert "- `jit.a`: works → missing. " in between(passing("jit.a"), unsupported)


def test_reports_that_cannot_be_compared_show_no_change() -> None:
    """The section says why."""
    old, new = report("0.1.0", passing("jit.a")), report("0.2.0", failing("jit.a"))
    text = as_markdown([old, msgspec.structs.replace(new, implementation="other.py")])
    assert "- not comparable: the implementation differs: reference on OLD, other.py on NEW" in text
    assert "fails" not in text


def test_each_section_is_of_its_own_pair() -> None:
    """Two reports of one release are compared with one another, and neither gets what the other showed."""
    old, new = report("0.1.0", passing("jit.a")), report("0.2.0", failing("jit.a"))
    sections = as_markdown([old, new, new]).split("## 0.2.0")[1:]
    assert ["works → fails" in section for section in sections] == [False, True]
