"""What an answer calls broken, fixed or different is so in every case, and what it says of it is of the pair."""

import json
from functools import cache
from itertools import pairwise

import msgspec
import pytest

from meta_tests.support.sample_reports import gated, observing, report
from properties.findings import Finding, all_findings, expanded, findings_of_change, version
from properties.support.sentences import AdviceStep, Sentence
from reports import advice, releases
from reports.answer import Entry, EntryKind, Upgrade, upgrade, with_stops
from reports.between import Between
from reports.releases.keeping import property_ids
from reports.render import upgrade_json, upgrade_markdown, upgrade_text, words
from reports.vocabulary import FAILURES, Effect, Outcome

_LONG_WAYS = [("0.9.0", "0.10.6"), ("0.10.7", "0.12.12"), ("0.11.0", "0.12.4"), ("0.12.12", "0.9.0")]
_WAYS = [*pairwise(releases.releases()), *_LONG_WAYS]


@cache
def _upgraded(old: str, new: str) -> Upgrade:
    return upgrade(releases.report_of(old), releases.report_of(new))


def _entry(old: str, new: str, name: str) -> Entry:
    return next(entry for entry in _upgraded(old, new).entries if entry.name == name)


@pytest.mark.parametrize(("old", "new"), _WAYS)
def test_what_works_now_fails_in_no_case(old: str, new: str) -> None:
    """Else it is partly fixed, the advice stays, and what still fails is named."""
    for entry in _upgraded(old, new).entries:
        if entry.finding and entry.kind in (EntryKind.WORKS_NOW, EntryKind.PARTLY_FIXED):
            failed, fails = (_fails_on_both(entry, old, new), entry.finding.covers(new))
            assert (entry.kind is EntryKind.PARTLY_FIXED) == bool(failed), entry.name
            assert not fails or failed, f"{entry.name}: its file says that a case still fails"
            assert entry.do or entry.kind is EntryKind.WORKS_NOW
            assert not (entry.do and entry.back and entry.kind is EntryKind.WORKS_NOW)
            assert words.cases(entry).startswith("Still fails: " if failed else "")


def _fails_on_both(entry: Entry, old: str, new: str) -> list[str]:
    """The properties that fail on both releases because of the finding."""
    finding = entry.finding
    assert finding is not None
    return [
        name
        for name in property_ids()
        if all(releases.outcome(name, one) in FAILURES and finding.failure(name, one) for one in (old, new))
    ]


def test_partly_fixed_is_shown_in_every_form() -> None:
    """A box that the caller still holds: fixed for one class of boxes in 0.11.2, not for the other."""
    found = _upgraded("0.10.7", "0.12.12")
    entry = _entry("0.10.7", "0.12.12", "box_of_the_caller_loses_its_names")
    assert entry.kind is EntryKind.PARTLY_FIXED
    assert "LogicallyPartitioned" in words.cases(entry)
    for text in (upgrade_text.as_text(found), upgrade_markdown.as_markdown(found).replace("\\", "")):
        shown = text.partition("Partly fixed: some cases still fail on NEW")[2].partition("Works now")[0]
        assert entry.title in " ".join(shown.split())
        assert "Still fails: an `nn.LogicallyPartitioned` box" in " ".join(shown.split())
    counted = json.loads(upgrade_json.as_json(found))["counts"]
    assert counted["partly fixed"] == len(found.of_kind(EntryKind.PARTLY_FIXED)) > 0


@pytest.mark.parametrize(
    ("old", "new", "name", "said"),
    [
        (
            "0.9.0",
            "0.10.6",
            "mutable_call_replaces_variables",
            "New cases: under `nnx.scan` with `StateAxes`, under `nnx.scan`",
        ),
        ("0.9.0", "0.10.6", "cond_raises_for_mutable_calls", "New cases: under `nnx.switch`"),
        ("0.11.0", "0.12.4", "to_linen_writes_into_numpy_variables", "New cases: also modules with an `nnx.BatchNorm`"),
        ("0.10.7", "0.12.12", "partitioned_box_needs_a_mesh_context", ""),
    ],
)
def test_what_failed_before_in_other_cases_names_the_new_ones(old: str, new: str, name: str, said: str) -> None:
    """A finding that covers OLD does not work there."""
    assert words.cases(_entry(old, new, name)).startswith(said)
    assert bool(words.cases(_entry(old, new, name))) == bool(said)


def test_no_break_of_which_old_has_cases_is_without_them() -> None:
    """Of every pair of neighbours and of long ways."""
    for old, new in _WAYS:
        for entry in _upgraded(old, new).entries:
            if entry.finding and entry.kind in (EntryKind.BREAKS, EntryKind.NEW):
                assert bool(entry.cases) >= bool(_fails_on_both(entry, old, new)), (old, new, entry.name)
            if entry.finding and entry.kind is EntryKind.BREAKS:
                assert not _fails_on_both(entry, old, new), "what fails on OLD already does not break"


def test_more_cases_are_a_section_and_no_break() -> None:
    """Counted on their own in the head, never for a stop, and in the words of a user in every form."""
    found = with_stops(_upgraded("0.9.0", "0.10.6")).using(["mutable state"])
    (entry,) = found.of_kind(EntryKind.MORE_CASES)
    assert entry.name == "mutable_call_replaces_variables"
    assert entry.name not in {one.name for one in found.of_kind(EntryKind.BREAKS)}
    assert "1 breaks in more cases" in words.counts(found)
    assert found.stops[-1].breaks == len(found.of_kind(EntryKind.BREAKS))
    heading = "Breaks in more cases: fails on OLD already, on NEW in further cases"
    for text in (upgrade_text.as_text(found), upgrade_markdown.as_markdown(found).replace("\\", "")):
        assert entry.title in " ".join(text.partition(heading)[2].partition("Differs")[0].split())
    assert json.loads(upgrade_json.as_json(found))["counts"]["breaks in more cases"] == 1


def test_cases_are_in_the_words_of_a_user() -> None:
    """Neither the parameter of a property alone, nor a sentence that says what should hold."""
    for old, new in _WAYS:
        for entry in _upgraded(old, new).entries:
            for name in words.case_names(entry):
                assert " " in name, (entry.name, name)
                assert "unchanged" not in name, (entry.name, name)
                assert "-" not in name.replace("-Normalization", ""), (entry.name, name)


def test_recorded_exception_where_there_was_none_breaks() -> None:
    """In the answer and for the gate; another exception, or none any more, is a value that differs."""
    entry = _entry("0.11.2", "0.12.0", "rngs_without_streams_raise")
    assert (entry.kind, entry.effect, entry.since) == (EntryKind.BREAKS, Effect.REGRESSION, ("0.12.0",))
    for old, new, effect in (
        ("no exception", "ValueError", Effect.REGRESSION),
        ("ValueError", "no exception", Effect.DRIFT),
        ("TypeError", "ValueError", Effect.DRIFT),
        ("no exception", "no exception, with a warning", Effect.DRIFT),
    ):
        sides = [report(f"0.{n}.0", observing("surface.one", {"x": side})) for n, side in enumerate((old, new))]
        answer = gated(sides[0], sides[1])
        assert answer.effect is effect
        assert [one.kind for one in answer.changes.entries] == [
            EntryKind.BREAKS if effect is Effect.REGRESSION else EntryKind.DIFFERS
        ]


def test_recorded_value_belongs_to_one_finding() -> None:
    """Of findings that share a property each names its values, and on a release no value is named by two."""
    for name in property_ids():
        findings = [one for one in all_findings() if one.changes_of(name)]
        if len(findings) < 2:
            continue
        for release in releases.releases():
            named = [
                observation
                for one in findings_of_change(name, release)
                for change in one.changes
                if change.release == release and change.shows(name)
                for observation in change.observations
            ]
            assert len(named) == len({*named}), (name, release)
        if any(one.outcome == "observed" for one in releases.report_of("0.12.12").properties if one.id == name):
            changes = (change for one in findings for change in one.changes if change.shows(name))
            assert all(change.observations for change in changes), name


def test_named_values_are_recorded() -> None:
    """By the properties of the change, on its release with another value than before."""
    known = releases.releases()
    for one in all_findings():
        for change in one.changes:
            for name in expanded(change.shown_by, property_ids()) if change.observations else ():
                before = known[known.index(change.release) - 1]
                sides = [releases.report_of(release).by_id[name].observations for release in (before, change.release)]
                assert any(sides[0].get(key) != sides[1].get(key) for key in change.observations), (one.name, name)


def test_entry_shows_only_its_own_values() -> None:
    """The keys of metadata and the place of a param are observed by one property, and are two findings."""
    names = {
        "metadata_of_variables": ["metadata"],
        "params_are_placed_on_the_mesh": ["sharding", "devices", "shape on each device"],
    }
    for name, values in names.items():
        assert [one.name for one in _entry("0.10.7", "0.12.12", name).changes] == values
    assert [one.name for one in _entry("0.11.0", "0.12.4", "abstract_init_of_to_linen").changes] == [
        "fields of ToLinen"
    ]


@pytest.mark.parametrize(("old", "new"), _WAYS)
def test_nothing_is_advised_for_other_releases_than_new(old: str, new: str) -> None:
    """No diff of what NEW does not do, and no sentence that says that it is for other releases."""
    for entry in _upgraded(old, new).entries:
        finding = entry.finding
        if finding and finding.fails and not finding.covers(new):
            assert entry.diff is None, entry.name
        if finding and entry.do:
            right = {step.text for step in finding.steps if step.covers(new)}
            wrong = {step.text for step in finding.steps if step.text} - right
            assert entry.do == finding.do or not [text for text in wrong if text in entry.do], entry.name


def test_advice_is_cut_to_new() -> None:
    """To what its file says of NEW; where it says nothing of NEW, who goes on reads it whole, with the releases."""
    steps = (
        AdviceStep(text="Do this.", last="0.11.2"),
        AdviceStep(text="Do that.", first="0.12.0"),
        AdviceStep(text="Use `a.b`."),
    )
    for new, said in (("0.11.0", "Do this. Use `a.b`."), ("0.12.0", "Do that. Use `a.b`.")):
        assert advice.do(_saying(steps=steps), Between("0.9.0", new)) == said
    whole = "Up to 0.11.2: Do this. Since 0.12.0: Do that."
    assert _saying(steps=steps[:2]).do == whole
    between = AdviceStep(text="Do this.", first="0.10.0", last="0.10.0")
    assert advice.do(_saying(steps=(between,)), Between("0.9.0", "0.12.0")) == "On 0.10.0: Do this."
    assert not advice.do(_saying(steps=(between,)), Between("0.12.0", "0.9.0")), "nothing to do there"


def test_symptom_is_cut_to_the_pair() -> None:
    """What is of neither side is left out, NEW comes first, and releases are named where the sides differ."""
    symptoms = (
        Sentence(text="It is slow."),
        Sentence(text="It raises.", last="0.10.7"),
        Sentence(text="It hangs.", first="0.11.0", last="0.11.2"),
        Sentence(text="It works.", first="0.12.0"),
    )
    one = _saying(symptoms=symptoms)
    for old, new, said in (
        ("0.9.0", "0.10.6", "It is slow. It raises."),
        ("0.9.0", "0.12.0", "It is slow. Since 0.12.0: It works. Up to 0.10.7: It raises."),
        ("0.12.0", "0.11.0", "It is slow. On 0.11.0 to 0.11.2: It hangs. Since 0.12.0: It works."),
        ("0.12.0", "0.12.4", "It is slow. It works."),
    ):
        assert " ".join(advice.symptoms(one, Between(old, new))) == said
    assert advice.symptoms(one, None)[1] == "Up to 0.10.7: It raises."


def test_advice_names_no_release_that_new_includes() -> None:
    """To upgrade further is advice, to upgrade to what one has is none; to stay is the last resort."""
    steps = (AdviceStep(text="Use this.", upgrade="0.12.0", note="if it is an array"), AdviceStep(text="Else that."))
    for old, new, said in (
        ("0.9.0", "0.11.0", "Use this, or upgrade to 0.12.0 if it is an array. Else that."),
        ("0.9.0", "0.12.12", "Use this. Else that."),
        ("0.12.12", "0.9.0", "Use this. Else that."),
    ):
        assert advice.do(_saying(steps=steps), Between(old, new)) == said
    alone = _saying(steps=(AdviceStep(upgrade="0.12.0"),))
    assert advice.do(alone, Between("0.12.12", "0.9.0")) == "Stay on 0.12.0 or later."
    assert advice.do(alone, Between("0.9.0", "0.11.0")) == alone.do == "Upgrade to 0.12.0."
    back = _upgraded("0.12.12", "0.9.0")
    assert not [entry.do for entry in back.of_kind(EntryKind.BREAKS) if entry.do and "pgrade to" in entry.do]


def _saying(**said: tuple[Sentence, ...]) -> Finding:
    """A finding with these sentences."""
    return msgspec.structs.replace(all_findings()[0], **said)


def test_entries_come_in_the_order_of_the_way() -> None:
    """Within a kind what comes first on the way is first, whatever shows it most."""
    for old, new in _LONG_WAYS:
        for kind in EntryKind:
            came = [entry.since[0] for entry in _upgraded(old, new).of_kind(kind) if entry.since]
            assert came == sorted(came, key=version, reverse=version(new) < version(old)), (old, new, kind)


def test_what_fails_on_both_sides_is_listed_once() -> None:
    """By the topics in use, and apart from the entries."""
    found = _upgraded("0.11.0", "0.12.4")
    names = [entry.name for entry in found.still_failing]
    assert "to_linen_without_rngs_repeats_itself" in names
    assert not {*names} & {entry.name for entry in found.entries}
    used = found.using(["randomness"])
    assert {*(entry.name for entry in used.still_failing)} < {*names}
    assert f"Still fails on both ({len(used.still_failing)})\n" in upgrade_text.as_text(used)
    assert f"Still fails on both ({len(used.still_failing)})" in upgrade_markdown.as_markdown(used).replace("\\", "")
    decoded = msgspec.json.decode(upgrade_json.as_json(used), type=upgrade_json.UpgradeAnswer)
    assert [one.finding for one in decoded.still_failing] == [entry.name for entry in used.still_failing]


def test_modules_that_are_not_named_are_not_used() -> None:
    """What concerns `ToLinen` or `bridge.Module` is outside of sharding, and inside where the module is named."""
    found = _upgraded("0.10.7", "0.12.12")
    both = {one.name for one in found.entries if {"sharding", "ToLinen"} <= {*one.topics}}
    assert both
    for uses, inside in ((["sharding"], False), (["sharding", "ToLinen"], True), (["ToLinen"], True)):
        used = found.using(uses)
        assert both <= {one.name for one in (used.entries if inside else used.unused)}
        assert len(used.entries) + len(used.unused) == len(found.entries)
        assert ("ToLinen " in words.counts(used).partition(" Outside of it ")[2]) != inside
    topics = words.topics(found)
    assert topics["sharding"] == len([one for one in found.using(["sharding"]).entries if one.topics]), (
        "the number beside a topic is what it shows"
    )


def test_what_new_lacks_is_named_once() -> None:
    """Whichever properties need it: one line, and nothing to do about it."""
    found = _upgraded("0.12.12", "0.10.7")
    lacking = [entry for entry in found.entries if entry.lacks]
    assert len({entry.title for entry in lacking}) == len(lacking)
    assert max(len(entry.shown_by) for entry in lacking) > 5
    assert all(one.new and one.new.outcome is Outcome.UNSUPPORTED for entry in lacking for one in entry.shown_by)
    text = upgrade_text.as_text(found)
    for entry in lacking:
        assert text.count(f"  - {entry.title}\n") <= 1
        assert entry.name not in text
    assert f"{words.heading(EntryKind.LACKS)}\n  - {lacking[0].title}\n" in text
    assert f"{len(lacking)} are missing" in " ".join(words.counts(found).split())
    assert not {entry.name for entry in lacking} & {entry.name for entry in found.of_kind(EntryKind.BREAKS)}
    assert "- nnx.jit of flax 0.10.7 takes no graph_updates\n" in upgrade_markdown.as_markdown(found).replace("\\", "")


def test_checkpoints_are_shown_by_one_rule() -> None:
    """Of params that move to everybody, else where the topics or an advice ask for them, or no topic is chosen."""
    for old, new, uses, shown in (
        ("0.9.0", "0.10.6", ["mutable state"], True),
        ("0.10.7", "0.12.12", ["sharding"], False),
        ("0.10.7", "0.12.12", ["checkpoints"], True),
        ("0.10.7", "0.12.12", ["randomness"], True),
        # It says that one restores a checkpoint.
        ("0.11.0", "0.12.4", ["initialization"], True),
    ):
        used = _upgraded(old, new).using(uses)
        for text in (upgrade_text.as_text(used), upgrade_markdown.as_markdown(used)):
            assert ("Checkpoints of one bridged" in text) is shown
        assert bool(json.loads(upgrade_json.as_json(used))["checkpoints"]) is shown
    assert _upgraded("0.10.7", "0.12.12").checkpoints


def test_stop_tells_what_breaks_outside_of_what_is_used() -> None:
    """A release that is without a break for some topics is not for all."""
    found = with_stops(_upgraded("0.10.7", "0.12.12")).using(["initialization"])
    outside = [len([one for one in stop.changes.unused if one.kind is EntryKind.BREAKS]) for stop in found.stops]
    safe = max(number for number, stop in enumerate(found.stops) if not stop.breaks)
    assert outside[safe]
    assert f"{outside[safe]} break outside of what you use" in words.stops(found)
    assert f"({len(found.stops[safe].changes.of_kind(EntryKind.DIFFERS))} differ" in words.stops(found)
    every = with_stops(_upgraded("0.9.0", "0.10.6"))
    assert words.stops(every).startswith("Every release on the way breaks something; fewest on ")
