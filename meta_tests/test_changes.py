"""The list of changes: each finding once at each release that begins, changes or ends it, with what to do."""

import re
from functools import cache
from itertools import pairwise

import msgspec
import pytest

from meta_tests.support.runs import ROOT
from meta_tests.support.sample_reports import failing, observing, passing, report
from properties.findings import Finding, all_findings, finding_of, version
from reports import advice
from reports.__main__ import main
from reports.answer import EntryKind
from reports.between import Between
from reports.markdown import prose
from reports.model import Property
from reports.releases import releases, report_of
from reports.render.changes import as_markdown

_BULLET = re.compile(
    r"^- .* \(\[finding\]\(\.\./\.\./properties/findings/(\w+)\.toml\)[^()]*(\(https://\S+\)[^()]*)*\)$"
)


@cache
def _all() -> str:
    return as_markdown(map(report_of, releases()))


@pytest.fixture(scope="module")
def listed() -> dict[str, dict[str, str]]:
    """By release, by finding: its bullet."""
    sections = re.split(r"^## (\S+)$", _all(), flags=re.MULTILINE)
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
    """What is over is said to be so, and nothing else."""
    by_name = {one.name: one for one in all_findings()}
    for release, bullets in listed.items():
        before = releases()[releases().index(release) - 1]
        for name, bullet in bullets.items():
            finding = by_name[name]
            ended = finding.covers(before) and not finding.covers(release)
            assert bullet.startswith(f"- Up to {before}: {prose(finding.title)}") == ended, bullet
            do = advice.do(finding, Between(before, release))
            link = f" [{prose(do.partition(',')[0])}](#"
            assert ended or f" {prose(do)} (" in bullet or link in bullet, bullet
            assert prose(finding.title) in bullet


def test_bullet_says_what_changes(listed: dict[str, dict[str, str]]) -> None:
    """What differs has an arrow, and no bullet says that what fails fails."""
    bullets = [bullet for of_release in listed.values() for bullet in of_release.values()]
    assert not re.search(r"fails → |→ fails|works → ", "\n".join(bullets))
    assert [one for one in re.findall(r"^### Differs\n\n((?:- .*\n)+)", _all(), re.MULTILINE) if "→" not in one] == []


def test_title_and_source_say_a_change_once(listed: dict[str, dict[str, str]]) -> None:
    """Where the source says what the title says, only the title stands; where it says more, both do."""
    once = "- `ToLinen.abstract_init`: a field → removed. Remove `abstract_init` from"
    assert listed["0.12.0"]["abstract_init_of_to_linen"].startswith(once)
    renamed = "`layer.module`, `layer.rngs` → `to_nnx__module`, `to_nnx__rngs`. Read"
    assert renamed in listed["0.12.0"]["attributes_module_and_rngs_renamed"]
    both = "outer `mutable` ignored → obeyed. `ToNNX.__call__` without `mutable`: False → that of"
    assert both in listed["0.12.0"]["to_nnx_in_linen_obeys_mutable"]
    twice = [
        bullet
        for bullets in listed.values()
        for bullet in bullets.values()
        for one, other in pairwise(bullet.split(". "))
        if "→" in one and one.removeprefix("- ") == other
    ]
    assert twice == []


def test_no_bullet_advises_an_upgrade_to_its_own_release_or_an_older_one(listed: dict[str, dict[str, str]]) -> None:
    """Who reads it is there already."""
    for release, bullets in listed.items():
        for bullet in bullets.values():
            targets = re.findall(r"[Uu]pgrade to (\d[\d.]*\d)", bullet)
            assert all(version(target) > version(release) for target in targets), bullet


def test_no_advice_begins_with_a_lone_word() -> None:
    """It says "No action.", which is a sentence."""
    assert [one.name for one in all_findings() if one.do.startswith("Nothing.")] == []


def test_kinds_are_headings_the_gravest_first() -> None:
    """The kinds of the answer, then what is new; a release without changes has none."""
    titles = [*(kind.value for kind in EntryKind), "new"]
    for section in re.split(r"^## .*$", _all(), flags=re.MULTILINE)[1:]:
        found = [titles.index(title.lower()) for title in re.findall(r"^### (.*)$", section, re.MULTILINE)]
        assert found == sorted({*found})
        assert bool(found) != ("No changes." in section)


def test_table_of_the_page_has_the_headings_of_its_sections() -> None:
    """Of all kinds that a release can have, in their order."""
    rows = re.findall(r"^\| ([A-Z][a-z ]+) \| ", (ROOT / "reports/releases/CHANGES.md").read_text(), re.MULTILINE)
    # What a release lacks has a finding.
    never = (EntryKind.UNCLEAR, EntryKind.STILL_FAILS, EntryKind.LACKS)
    assert rows == [*(kind.value.capitalize() for kind in EntryKind if kind not in never), "New"]


def test_finding_that_replaces_another_says_so(listed: dict[str, dict[str, str]]) -> None:
    """What a property showed before, where both fail without an exception that tells them apart."""
    before = "(before: `ToNNX` turns the `FrozenDict` in a variable into a dict)."
    assert before in listed["0.12.0"]["mutable_call_raises_for_a_frozen_dict"]


def test_exception_is_named_where_the_title_does_not(listed: dict[str, dict[str, str]]) -> None:
    """Once, with the one before it where another is raised."""
    assert "raises without a mesh: `ValueError`. Call" in listed["0.12.12"]["partition_specs_of_to_linen_need_a_mesh"]
    assert "a `ToNNX` layer: `AttributeError` → `TypeError`. Use" in listed["0.12.3"]["tabulate_raises"]
    assert listed["0.11.2"]["merge_shares_rng_streams"].count("TraceContextError") == 1


def test_long_values_show_the_words_that_differ(listed: dict[str, dict[str, str]]) -> None:
    """Nothing that is the same, and nothing cut."""
    key, leaves = "linen_dense/kernel linen_dense/{}rngs/default/", ["count", "key", *(f"key_{n}" for n in range(8))]
    old, new = (" ".join(f"{key.format(prefix)}{leaf}" for leaf in leaves) for prefix in ("", "to_nnx__"))
    text = between(observing("jit.a", {"paths": old}), observing("jit.a", {"paths": new}))
    gone, came = (paths.replace("linen_dense/kernel ", "") for paths in (old, new))
    assert f'paths, what differs: "{gone}" → "{came}".' in text.replace("\\", "")
    assert not any("…" in bullet for bullets in listed.values() for bullet in bullets.values())


def test_source_that_is_a_whole_release_is_said_to_be_so(listed: dict[str, dict[str, str]]) -> None:
    """Nobody takes the changes of a release for the one change."""
    for bullets in listed.values():
        for bullet in bullets.values():
            assert bullet.count("/compare/") == bullet.count("commit not identified: [all of ")
    assert "[source](https://github.com/google/flax/compare" not in _all()


def between(old: Property, new: Property) -> str:
    """What changed from 0.1.0 to 0.2.0, whose reports are given in the wrong order."""
    return as_markdown([report("0.2.0", new), report("0.1.0", old)])


def test_one_release_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """What changed with it alone."""
    assert main(["changes", "0.12.12"]) == 0
    assert re.findall(r"^## (\S+)$", capsys.readouterr().out, re.MULTILINE) == ["0.12.12"]


def test_what_does_not_change_is_not_listed() -> None:
    """Neither what passes nor what still fails."""
    assert between(passing("jit.a"), passing("jit.a")).endswith("\n\nNo changes.\n")
    assert between(failing("jit.a"), failing("jit.a")).endswith("\n\nNo changes.\n")


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


def test_advice_of_many_bullets_stands_once(listed: dict[str, dict[str, str]]) -> None:
    """As text and as code above the releases; bullets link to it. In a list of one release it is written out."""
    advice = (
        "Make the mutable call on a copy, as in `copy = nnx.clone(layer)`, then call "
        "`nnx.update(layer, nnx.state(copy))`."
    )
    assert _all().startswith(f"### Make the mutable call on a copy\n\n{advice}\n\n```diff\n- ")
    assert _all().count(advice) == 1
    link = "[Make the mutable call on a copy](#make-the-mutable-call-on-a-copy)."
    assert link in listed["0.12.8"]["mutable_call_is_lost_in_tree_mode"]
    assert advice in as_markdown(map(report_of, ("0.12.7", "0.12.8")))


def test_what_fails_from_the_start_names_what_is_new(listed: dict[str, dict[str, str]]) -> None:
    """It has a heading of its own, apart from what is new and works."""
    bullet = listed["0.12.6"]["copies_miss_mutable_calls"]
    assert bullet.startswith("- `nnx.with_attributes`: not available → available")
    of_release = _all().partition("## 0.12.6\n")[2].partition("\n## ")[0]
    assert bullet in of_release.partition("### New and fails\n")[2].partition("### ")[0]


def test_what_changes_in_part_says_which_part(listed: dict[str, dict[str, str]]) -> None:
    """The symptom names the cases that are fixed, or that fail now too."""
    fixed = listed["0.12.0"]["variables_that_hold_nothing"]
    assert fixed.startswith("- Partly fixed: `ToNNX` loses variables that hold")
    assert "Up to 0.11.2: `ToNNX` loses a Linen variable that holds `()` or None," in fixed
    assert listed["0.12.1"]["to_linen_writes_into_numpy_variables"].startswith("- In more cases: `ToLinen` writes")
