"""An answer is short: each thing is said once, in the words of a user, and what the suite asserts is no error."""

from functools import cache

import pytest

from properties.support.topics import TOPICS, WORDS
from reports import releases
from reports.answer import Changes, Kind, upgrade, with_stops
from reports.command.parser import parser
from reports.errors import BadInput
from reports.render import upgrade_markdown, upgrade_text, words
from reports.render.topics import chosen

# The longest answers that a user's question has, in words.
_QUESTIONS = {
    ("0.10.7", "0.12.12", "sharding,checkpoints"): 790,
    ("0.11.0", "0.12.4", "ToLinen,randomness"): 860,
    ("0.9.0", "0.10.6", "mutable state"): 735,
}


@cache
def _answer(old: str, new: str, uses: str) -> Changes:
    return with_stops(upgrade(releases.report_of(old), releases.report_of(new))).using(chosen([uses]))


@pytest.mark.parametrize(("old", "new", "uses"), _QUESTIONS)
def test_answer_is_short(old: str, new: str, uses: str) -> None:
    """As long as what has to be done on the way."""
    text = upgrade_text.written(upgrade_text.lines(_answer(old, new, uses)))
    assert len(text.split()) <= _QUESTIONS[old, new, uses]


@pytest.mark.parametrize(("old", "new", "uses"), _QUESTIONS)
def test_answer_says_what_happens_in_the_words_of_the_finding(old: str, new: str, uses: str) -> None:
    """The symptom is below each title, and neither an assertion of the suite nor a recorded value is in its place."""
    found = _answer(old, new, uses)
    text = " ".join(upgrade_text.written(upgrade_text.lines(found)).split())
    markdown = "\n".join(upgrade_markdown.lines(found)).replace("\\", "")
    for entry in (*found.of_kind(Kind.BREAKS), *found.of_kind(Kind.DIFFERS)):
        assert entry.finding is not None
        assert f"{entry.title} {words.symptom(entry)}" in text
        assert words.symptom(entry) in markdown
    for said in (text, markdown):
        assert "AssertionError" not in said
        assert "raises nothing" not in said.replace("and raises nothing.", "")
        assert "what differs" not in said


def test_exception_is_shown_once() -> None:
    """Below a symptom that names it there is no second line of it."""
    for entry in _answer("0.10.7", "0.12.12", "sharding").of_kind(Kind.BREAKS):
        lines = words.in_lines(entry)
        assert entry.error is not None
        shown_again = any(line.startswith("ValueError: ") for line in lines)
        assert not (shown_again and "ValueError" in words.symptom(entry))


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
