"""An answer is short: each thing is said once, in the words of a user, and what the suite asserts is no error."""

from functools import cache
from itertools import pairwise

import pytest

from properties.support.topics import TOPICS, WORDS
from reports import releases
from reports.answer import Changes, EntryKind, upgrade, with_stops
from reports.command.parser import parser
from reports.errors import BadInput
from reports.program import program
from reports.render import upgrade_json, upgrade_markdown, upgrade_text, words
from reports.render.topics import chosen

# The longest answers that a user's question has, in words.
_QUESTIONS = {
    ("0.10.7", "0.12.12", "sharding,checkpoints"): 725,
    ("0.11.0", "0.12.4", "ToLinen,randomness"): 845,
    ("0.9.0", "0.10.6", "mutable state"): 740,
}


_WAYS = [*pairwise(releases.releases()), ("0.9.0", "0.10.6"), ("0.10.7", "0.12.10"), ("0.11.0", "0.12.4")]


@cache
def _answer(old: str, new: str, uses: str) -> Changes:
    found = with_stops(upgrade(releases.report_of(old), releases.report_of(new)))
    return found.using(chosen([uses])) if uses else found


@pytest.mark.parametrize(("old", "new", "uses"), _QUESTIONS)
def test_answer_is_short(old: str, new: str, uses: str) -> None:
    """As long as what has to be done on the way."""
    text = upgrade_text.written(upgrade_text.lines(_answer(old, new, uses)))
    assert len(text.split()) <= _QUESTIONS[old, new, uses]


@pytest.mark.parametrize(("old", "new", "uses"), _QUESTIONS)
def test_answer_says_what_happens_in_the_words_of_the_finding(old: str, new: str, uses: str) -> None:
    """Below each title is what a user notices, and neither an assertion of the suite nor a recorded value instead."""
    found = _answer(old, new, uses)
    text = " ".join(upgrade_text.written(upgrade_text.lines(found)).split())
    markdown = "\n".join(upgrade_markdown.lines(found)).replace("\\", "")
    for entry in (*found.of_kind(EntryKind.BREAKS), *found.of_kind(EntryKind.DIFFERS)):
        assert entry.finding is not None
        assert f"{entry.title} {words.notice(entry)}".rstrip() in text
        assert words.notice(entry) in markdown
    for said in (text, markdown):
        assert "AssertionError" not in said
        assert "raises nothing" not in said.replace("and raises nothing.", "")
        assert "what differs" not in said


def test_what_is_raised_in_each_case_says_what_happens() -> None:
    """The first sentence below the title, or the title, names an exception and says when, never the exception alone."""
    found = _answer("0.11.0", "0.12.4", "")
    notices = {entry.name: words.notice(entry) for entry in found.entries}
    assert notices["partitioned_box_needs_a_mesh_context"].startswith("Without one, `bridge.lazy_init` and mutable")
    for old, new in _WAYS:
        for entry in _answer(old, new, "").entries:
            if entry.finding and entry.raised and entry.kind is not EntryKind.STILL_FAILS:
                said = f"{entry.title} {words.notice(entry)}"
                assert any(name in said for name in entry.raised), (old, new, entry.name)
                assert not words.notice(entry).startswith("Raises "), entry.name
    assert notices["to_linen_initializes_missing_params"].startswith("`ToLinen.apply` gives a missing param")
    assert len(notices["first_numbers_of_to_linen"].split()) < len((_entry(found, "first_numbers_of_to_linen")).split())


def test_title_that_says_what_differs_says_it_alone() -> None:
    """A title `old → new` has no symptom below it; JSON has it."""
    found = _answer("0.10.7", "0.12.12", "checkpoints")
    (entry,) = (entry for entry in found.entries if entry.name == "paths_of_the_state")
    text = " ".join(upgrade_text.written(upgrade_text.lines(found)).split())
    assert f"{entry.title} {words.advice(entry)}" in text
    assert upgrade_json.item(entry).symptom == entry.symptom


def _entry(found: Changes, name: str) -> str:
    """The whole symptom of an entry."""
    (symptom,) = (entry.symptom for entry in found.entries if entry.name == name)
    return symptom or ""


@pytest.mark.parametrize("kind", [EntryKind.WORKS_NOW, EntryKind.FAILS_DIFFERENTLY])
def test_what_needs_no_action_is_a_title_with_its_name(kind: EntryKind) -> None:
    """In the text and, folded, in the Markdown: the title says what it is, and the name is what to ask for."""
    found = _answer("0.10.7", "0.12.12", "")
    text = " ".join(upgrade_text.written(upgrade_text.lines(found)).split())
    markdown = "\n".join(upgrade_markdown.lines(found)).replace("\\", "")
    section = text.partition(f"{words.heading(kind)} ")[2]
    assert found.of_kind(kind)
    for entry in found.of_kind(kind):
        since = f"{words.since(entry)}, " if kind is EntryKind.FAILS_DIFFERENTLY else ""
        assert f"- {entry.title} ({since}{entry.name})" in section
        assert f"- {entry.title} ({words.since(entry)}, `{entry.name}`)" in markdown


def test_what_works_now_names_the_workaround_to_delete() -> None:
    """What OLD needs, for those that one can work around; for who goes back NEW may lack what it uses."""
    found = _answer("0.10.7", "0.12.12", "")
    fixed = {entry.name: entry for entry in found.of_kind(EntryKind.WORKS_NOW)}
    assert fixed["update_before_lazy_init"].workaround == "Call `bridge.lazy_init` before `nnx.update`."
    assert fixed["to_linen_traces_the_constructor"].workaround is None
    told = " ".join("\n".join(upgrade_markdown.lines(found)).replace("\\", "").split())
    assert all(words.workaround(entry) in told for entry in fixed.values())
    assert told.count("Workaround: ") == len([one for one in fixed.values() if one.workaround])
    assert {one.finding: one.workaround for one in map(upgrade_json.item, fixed.values())} == {
        name: entry.workaround for name, entry in fixed.items()
    }
    back = _answer("0.12.12", "0.10.7", "").of_kind(EntryKind.WORKS_NOW)
    assert back
    assert not any(entry.workaround for entry in back)


@pytest.mark.parametrize(("old", "new"), [*_WAYS, ("0.10.7", "0.12.12")])
def test_what_works_now_asks_only_for_what_came_with_the_fix(old: str, new: str) -> None:
    """Such as another path of what OLD saved; what helps where it fails is a workaround."""
    found = _answer(old, new, "")
    text = " ".join(upgrade_text.written(upgrade_text.lines(found)).split())
    for entry in found.of_kind(EntryKind.WORKS_NOW):
        assert entry.finding is not None
        needed = [one for one in entry.finding.steps if one.text and one.text in (entry.do or "") and one.covers(new)]
        failing = [release for release in releases.releases() if entry.finding.covers(release)]
        assert not any(step.covers(release) for step in needed for release in failing), entry.name
        assert words.advice(entry) in text


def test_what_works_now_says_what_moved() -> None:
    """A fix that changes where params are stored asks for a rename."""
    fixed = {entry.name: entry for entry in _answer("0.9.0", "0.10.0", "").of_kind(EntryKind.WORKS_NOW)}
    entry = fixed["params_of_to_nnx_in_to_linen_are_nested"]
    assert entry.do == "Drop the inner `params` when you restore variables saved on 0.9.0."
    assert entry.workaround is None


def test_cause_does_not_repeat_the_title() -> None:
    """In Markdown, a change whose cause is the change itself gives only the link."""
    markdown = "\n".join(upgrade_markdown.lines(_answer("0.10.7", "0.12.12", "sharding")))
    section = markdown.partition("**`nnx.with_sharding_constraint`")[2].partition("<details>")[0]
    assert "\nCause: ([source](https://" in section
    assert section.count("available → removed") == 1


def test_what_is_partly_fixed_says_what_to_do() -> None:
    """The workaround that is to be kept."""
    found = _answer("0.10.7", "0.12.12", "")
    entries = found.of_kind(EntryKind.PARTLY_FIXED)
    assert entries
    for text in (upgrade_text.written(upgrade_text.lines(found)), "\n".join(upgrade_markdown.lines(found))):
        told = " ".join(text.replace("\\", "").split())
        assert all(words.advice(entry) in told for entry in entries)


def test_what_breaks_or_differs_outside_is_counted() -> None:
    """At the top, next to what is in use; of other kinds nothing is said there."""
    found = _answer("0.10.7", "0.12.12", "sharding")
    assert words.counts(found).startswith("In what you use (sharding): ")
    outside = words.counts(found).partition(" Outside of it ")[2]
    graver = {one.name: one.kind for one in found.unused if one.kind in (EntryKind.BREAKS, EntryKind.DIFFERS)}
    breaks, differs = (list(graver.values()).count(kind) for kind in (EntryKind.BREAKS, EntryKind.DIFFERS))
    assert outside.startswith(f"{breaks} break, {differs} differ (")
    numbers = dict(one.rsplit(" ", 1) for one in outside.partition("(")[2].removesuffix(").").split(", "))
    assert {"randomness", "ToLinen"} <= numbers.keys() <= TOPICS.keys() - {"sharding"}
    for topic, number in numbers.items():
        asked = _answer("0.10.7", "0.12.12", topic.replace(" ", "_"))
        assert int(number) == len([one for one in asked.entries if one.name in graver]), topic


def test_commands_are_told_once() -> None:
    """At the end, for all entries."""
    found = _answer("0.10.7", "0.12.12", "sharding")
    for text in (upgrade_text.written(upgrade_text.lines(found)), "\n".join(upgrade_markdown.lines(found))):
        assert text.count(f"{program()} finding ") == text.count(" finding NAME") == 1


@pytest.mark.parametrize("command", ["upgrade", "gate"])
def test_help_lists_the_topics(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With their meanings, and with other words for them."""
    with pytest.raises(SystemExit):
        parser("reports").parse_args([command, "--help"])
    shown = capsys.readouterr().out
    assert all(f"  {topic} " in shown and meaning in shown for topic, meaning in TOPICS.items())
    assert all(word in shown for word in WORDS)


def test_other_words_choose_a_topic() -> None:
    """Each is a topic's, and none is one itself."""
    assert chosen(["BatchNorm,mesh", "dropout"]) == ("mutable state", "sharding", "randomness")
    assert {*WORDS.values()} <= TOPICS.keys()
    assert not {*WORDS} & {topic.casefold() for topic in TOPICS}
    with pytest.raises(BadInput, match="did you mean"):
        chosen(["shardin"])


_BACK = [(new, old) for old, new in _WAYS]


@pytest.mark.parametrize(("old", "new"), [*_WAYS, *_BACK])
def test_advice_is_for_the_release_that_one_goes_to(old: str, new: str) -> None:
    """A diff works there, and no sentence is of other releases alone."""
    for entry in _answer(old, new, "").entries:
        if entry.finding is None or entry.kind is EntryKind.WORKS_NOW:
            continue
        if entry.diff and entry.finding.remedy:
            assert entry.finding.is_remedied(new), entry.name
        if entry.do and entry.back:
            assert any(one.covers(new) for one in entry.finding.steps), entry.name


@pytest.mark.parametrize(("old", "new"), _BACK)
def test_who_goes_back_reads_what_that_release_does(old: str, new: str) -> None:
    """Neither what another release would need, nor that what is partly fixed only fails since one."""
    for entry in _answer(old, new, "").entries:
        if entry.finding and any(one.covers(new) for one in entry.finding.symptoms):
            assert entry.reason is None, entry.name
        if entry.kind is EntryKind.PARTLY_FIXED and entry.since:
            assert words.since(entry).startswith("fails in more cases since "), entry.name


def test_more_cases_are_told_by_what_is_new() -> None:
    """By the symptom of NEW alone, where there is one."""
    entry = next(one for one in _answer("0.12.0", "0.11.2", "").entries if one.name == "variables_that_hold_nothing")
    assert entry.kind is EntryKind.MORE_CASES
    assert "`()` or None" in words.notice(entry)
