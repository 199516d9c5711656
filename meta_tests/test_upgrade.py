"""What an upgrade says of the way between two releases: since when, where to stop, and how much changes."""

import json
import re

import pytest

from meta_tests.support.sample_reports import failing, passing, report
from properties.findings import finding_of
from reports import releases
from reports.answer import EntryKind, upgrade, with_stops
from reports.compare import ObservedChange
from reports.render import upgrade_json, upgrade_markdown, upgrade_text, words
from reports.vocabulary import FAILURES, Verdict

_NAMES = "names_of_methods"
_BEFORE, _AFTER = (releases.report_of(release) for release in ("0.12.10", "0.12.12"))


def test_what_one_finding_explains_is_one_entry() -> None:
    """Properties that fail for one reason are one entry; what no finding explains is one each."""
    names = [one.id for one in _AFTER.properties if (found := finding_of(one.id, "0.12.12")) and found.name == _NAMES]
    assert len(names) > 1
    others = ("jit.one", "jit.two")
    old = report("0.11.2", *map(passing, (*names, *others)))
    new = report("0.12.12", *(_AFTER.by_id[name] for name in names), *map(failing, others))
    assert [(entry.name, entry.properties) for entry in upgrade(old, new).of_kind(EntryKind.BREAKS)] == [
        (_NAMES, tuple(names)),
        ("jit.one", ("jit.one",)),
        ("jit.two", ("jit.two",)),
    ]


def test_finding_is_listed_once_under_its_gravest_kind() -> None:
    """Where one property breaks and another fails differently because of it, the answer holds it once."""
    found = upgrade(releases.report_of("0.10.7"), _AFTER)
    names = [entry.name for entry in found.entries]
    assert len(names) == len({*names})
    (entry,) = (entry for entry in found.entries if entry.name == "legacy_mesh_context_is_ignored")
    assert entry.kind is EntryKind.BREAKS
    assert {one.verdict for one in entry.shown_by} == {Verdict.REGRESSED, Verdict.FAILURE_CHANGED}
    assert entry.error is not None
    assert entry.error.startswith("ValueError: ")


@pytest.mark.parametrize("old", ["0.9.0", "0.10.7", "0.11.2", "0.12.0"])
def test_since_is_the_first_release_of_those_that_break(old: str) -> None:
    """It breaks from there up to NEW, and not on the release before."""
    known = releases.releases()
    for entry in upgrade(releases.report_of(old), _AFTER).of_kind(EntryKind.BREAKS):
        (since,) = entry.since
        names = [one.id for one in entry.shown_by if one.verdict is Verdict.REGRESSED]
        bad = [
            release
            for release in known
            if any(
                releases.outcome(name, release) in FAILURES and finding_of(name, release) is entry.finding
                for name in names
            )
        ]
        if bad:  # else it is missing
            assert known[known.index(since) :] == bad[bad.index(since) :]
            assert known[known.index(since) - 1] not in bad


def test_since_is_no_later_turn_of_the_failure() -> None:
    """`with mesh:` raises RuntimeError on 0.12.1, and another exception later."""
    found = upgrade(releases.report_of("0.10.7"), _AFTER)
    by_name = {entry.name: words.since(entry) for entry in found.entries}
    assert by_name["legacy_mesh_context_is_ignored"] == "since 0.12.1"
    assert by_name["pop_of_sown_values"] == "fixed in 0.12.0"
    assert by_name["first_numbers_of_to_linen"] == "changed in 0.11.0, 0.12.0"


def test_way_back_is_told_as_such() -> None:
    """A release that fixed it did not break it, and neither advice nor diff is of an upgrade."""
    found = upgrade(_AFTER, releases.report_of("0.10.7"))
    by_name = {entry.name: entry for entry in found.entries}
    assert words.since(by_name["pop_of_variables_in_submodules"]) == "fails before 0.11.1"
    assert words.since(by_name["legacy_mesh_context_is_ignored"]) == "fails since 0.12.1"
    assert by_name["attributes_module_and_rngs_renamed"].diff is None
    assert by_name["attributes_module_and_rngs_renamed"].do is None
    assert "You go back: a title with an arrow says what an upgrade does." in upgrade_text.as_text(found)
    told = " ".join(upgrade_text.as_text(found).split())
    assert "upgrade to" not in told
    # What is missing there says so.
    assert "flax 0.10.7 has no nnx.bridge.wrappers.to_linen_class" in told


def test_upgrade_says_where_to_stop() -> None:
    """The last release without a break, and how many things break on each after it: those of an upgrade to there."""
    old = releases.report_of("0.10.7")
    found = with_stops(upgrade(old, _AFTER)).using(["sharding"])
    for stop in found.stops:
        there = upgrade(old, releases.report_of(stop.release)).using(["sharding"])
        assert stop.breaks == len(there.of_kind(EntryKind.BREAKS))
    last = [stop.release for stop in found.stops if not stop.breaks][-1]
    said = words.stops(found)
    assert said.startswith(f"Last release without a break: {last}")
    assert re.search(rf" (\S+ to )?{re.escape(found.stops[-1].release)}: {found.stops[-1].breaks}\.$", said)
    for text in (upgrade_text.as_text(found), upgrade_markdown.as_markdown(found)):
        assert " ".join(said.split()) in " ".join(text.replace("\\", "").split())
    numbers = json.loads(upgrade_json.as_json(found))["stops"]
    assert [(one["release"], one["counts"]["breaks"]) for one in numbers] == [
        (s.release, s.breaks) for s in found.stops
    ]


def test_nothing_is_said_of_stops_where_nothing_breaks_or_lies_between() -> None:
    """There is then nowhere to stop."""
    for old, new in (("0.12.5", "0.12.8"), ("0.12.10", "0.12.12"), ("0.12.12", "0.10.7")):
        assert words.stops(with_stops(upgrade(releases.report_of(old), releases.report_of(new)))) == ""


def test_upgrade_names_the_python_that_new_needs() -> None:
    """Where OLD runs on an older one."""
    found = upgrade(releases.report_of("0.10.7"), _AFTER)
    assert upgrade_text.as_text(found).splitlines()[2] == "Flax 0.12.9 and later need Python 3.12."
    assert "Flax 0.12.9 and later need Python 3.12" in upgrade_markdown.as_markdown(found).replace("\\", "")
    assert "need Python" not in upgrade_text.as_text(upgrade(_BEFORE, _AFTER))


def test_value_shows_the_words_that_differ() -> None:
    """Of long lists of names only what moved."""
    long = "b " * 90
    change = ObservedChange("paths", f"a/kernel a/rngs/key {long}", f"a/kernel a/to_nnx__rngs/key {long}")
    assert words.change_in_a_line(change) == 'paths, what differs: "a/rngs/key" → "a/to_nnx__rngs/key"'
    for old, new, said in (
        (f"a {long}", long, 'x, what differs: "a" → nothing'),
        (f"a {long}", f"{long}a", f'x, in another order: "{long}a"'),
        ("[1, 2]", "[1, 1]", 'x: "[1, 2]" → "[1, 1]"'),
        ("a", "b", 'x: "a" → "b"'),
        (1, "b", 'x: 1 → "b"'),
    ):
        assert words.change_in_a_line(ObservedChange("x", old, new)) == said


def test_counts_name_what_they_count() -> None:
    """Findings and properties are two sentences, and nothing is counted that is not there."""
    found = upgrade(_BEFORE, _AFTER)
    assert words.counts(found) == "1 breaks, 2 work now."
    assert words.changed(found) == f"{found.of - found.same} of {found.of} properties changed."
    assert words.counts(found.using(["sharding"])) == (
        "In what you use (sharding): nothing changes. Outside of it 1 breaks (ToLinen 1)."
    )
    assert words.changed(found.using(["sharding"])).endswith(" properties changed, over all topics.")
    assert all(words.heading(kind).count(":") == 1 for kind in EntryKind)
