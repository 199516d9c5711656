"""The gate's answer in each format, made of texts that are not to be trusted."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import msgspec
import pytest

from meta_tests.support.sample_reports import HOSTILE, failing, gated, hostile, observing, passing, report
from properties.findings import all_findings
from reports import releases
from reports.answer import EntryKind, upgrade
from reports.compare import Comparison
from reports.gate.gate import GateResult, Side, answered
from reports.model import Report, Suite
from reports.releases.keeping import property_ids
from reports.render import finding_text, upgrade_json, upgrade_markdown, upgrade_text
from reports.render.changes import as_markdown as changes
from reports.render.gate_formats import FORMATS
from reports.render.gate_github import as_github
from reports.render.gate_json import as_json
from reports.render.gate_junit import as_junit
from reports.render.gate_markdown import as_markdown
from reports.render.gate_text import as_text, terminal
from reports.render.gate_words import headline
from reports.render.matrix.matrix import matrix
from reports.render.matrix.matrix_json import matrix_json
from reports.render.matrix.matrix_markdown import matrix_markdown
from reports.render.matrix.table import table
from reports.render.site.origin import Origin
from reports.render.site.pages import page
from reports.vocabulary import EFFECTS, Effect, Outcome, Verdict

OLD = report("0.11.2", passing("affine.zeros"), observing("determinism.weights", {"seed 0": "0.5"}), passing("jit.one"))
NEW = report("0.12.0", failing("affine.zeros"), observing("determinism.weights", {"seed 0": "0.1"}), passing("jit.one"))
RED = gated(OLD, NEW)
NASTY = gated(hostile("1.0"), hostile("2.0"))
# What the evidence says of it: it works on 0.12.10, and fails on 0.12.12 because of one finding, on sharding.
SPECS = "to_linen.program_agrees[sharding_metadata]"
ON_SPECS = "partition_specs_of_to_linen_need_a_mesh"
_BEFORE, _AFTER = (releases.report_of(release) for release in ("0.12.10", "0.12.12"))


def test_headline_says_the_answer() -> None:
    """The first line is the answer."""
    scope = f"3 of {len(property_ids())} properties, profile gate"
    assert headline(RED) == f"flax 0.11.2 → flax 0.12.0: regression ({scope}): 1 thing works on OLD, not on NEW."


def test_headline_says_of_what() -> None:
    """How many properties were tried of how many, with which profile and selection; a user's subjects have no total."""
    suite = Suite({}, "quick", "-k 'zeros'")
    one = report("0.11.2", passing("affine.zeros"), suite=suite)
    assert f": safe (1 of {len(property_ids())} properties, profile quick, -k 'zeros'): " in headline(_both(one))
    theirs = msgspec.structs.replace(one, subjects="my_subjects.py")
    assert ": safe (1 property, profile quick, -k 'zeros'): " in headline(_both(theirs))


def _both(one: Report) -> GateResult:
    return gated(one, one)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_what_breaks_and_what_differs(form: str) -> None:
    """Kind, values on both sides, what to do and how to run it again are in every format."""
    text = FORMATS[form](RED).replace("\\", "")
    again = "python -m pytest -k"
    for word in ("breaks", "differs", "affine.zeros", "0.5", "0.1", "Restore a checkpoint", again):
        assert word.casefold() in text.casefold()


def test_terminal_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Where it is not a terminal, the text is plain."""
    terminal(RED)
    text = capsys.readouterr().out
    assert text == as_text(RED)
    assert "  * The sentence of zeros.\n" in text
    assert 'seed 0: "0.5" → "0.1"' in text
    assert "jit.one" not in text
    assert "\x1b" not in text


def test_entry_is_what_upgrade_shows() -> None:
    """One function writes an entry: the gate and `upgrade` say the same of a finding, in text and in Markdown."""
    # `upgrade` adds checkpoints of committed evidence, and lists what the gate counts: what fails on both sides.
    answer, found = (
        gated(_BEFORE, _AFTER),
        replace(upgrade(_BEFORE, _AFTER), checkpoints=(), models=(), still_failing=()),
    )
    for whole, part in (
        (as_text(answer), upgrade_text.lines(found)),
        (as_markdown(answer), upgrade_markdown.lines(found)),
    ):
        assert whole.endswith("\n".join(part) + "\n")
    assert ON_SPECS in as_text(answer)
    assert json.loads(as_json(answer))["entries"][0]["finding"] == ON_SPECS


def test_message_of_one_finding_is_no_change() -> None:
    """Where both sides fail because of it with one exception, they are still failing, and the message is a number."""
    answer = gated(releases.report_of("0.12.5"), releases.report_of("0.12.6"))
    still = [one for one in answer.comparisons if one.verdict is Verdict.STILL_FAILING]
    reworded = [one for one in still if one.reworded]
    assert reworded
    assert answer.effect is Effect.SAFE
    assert {one.effect for one in answer.comparisons} == {Effect.SAFE}
    assert f"{len(still)} known failures on both sides, {len(reworded)} with another message" in as_text(answer)


def test_expected_exception_that_is_not_raised_is_said() -> None:
    """In words, not as an assertion of the suite's own; what a finding explains, its symptom says."""
    entry = upgrade(report("0.11.2", passing("jit.one")), report("0.12.0", failing("jit.one", "no exception"))).entries[
        0
    ]
    assert entry.error == "raises nothing"


def test_what_old_does_not_support_is_listed_and_blocks_nothing() -> None:
    """What fails on NEW and is unsupported on OLD is new; where OLD did not run it, nobody can tell."""
    lacking = passing("jit.one", outcome="unsupported", reason="no such method")
    new = report("0.12.12", failing("jit.one"), failing("jit.two"))
    answer = gated(report("0.11.2", lacking, passing("jit.two")), new)
    assert [entry.name for entry in answer.changes.of_kind(EntryKind.NEW)] == ["jit.one"]
    assert answer.changes.of_kind(EntryKind.NEW)[0].effect is Effect.SAFE
    assert "New and fails: not in OLD" in as_text(answer)
    absent = gated(report("0.11.2"), report("0.12.12", failing("jit.one")))
    assert absent.effect is Effect.UNCLEAR
    assert [entry.name for entry in absent.changes.of_kind(EntryKind.UNCLEAR)] == ["jit.one"]


def test_finding_explains_only_what_fails_as_it_says() -> None:
    """A property that the finding knows, and that fails with another message, is an entry of its own."""
    old, known = report("0.12.10", passing(SPECS)), _AFTER.by_id[SPECS]
    assert known.failure is not None
    other = msgspec.structs.replace(known.failure, message="another thing")
    for outcome, failure, name in (
        (Outcome.KNOWN_FAILURE, known.failure, ON_SPECS),
        (Outcome.FAILED, known.failure, ON_SPECS),
        (Outcome.FAILED, other, SPECS),
    ):
        one = msgspec.structs.replace(known, outcome=outcome, failure=failure)
        (entry,) = gated(old, report("0.12.12", one)).changes.entries
        assert entry.name == name


@pytest.mark.parametrize(
    ("uses", "effect", "said"),
    [
        ((), Effect.REGRESSION, "2 things work on OLD, not on NEW."),
        (
            ("sharding", "ToLinen"),
            Effect.REGRESSION,
            "In what you use (sharding, ToLinen): 2 things work on OLD, not on NEW.",
        ),
        (
            ("checkpoints",),
            Effect.REGRESSION,
            "In what you use (checkpoints): 1 thing works on OLD, not on NEW. 1 thing more breaks outside of it.",
        ),
    ],
)
def test_only_what_is_in_use_blocks(uses: tuple[str, ...], effect: Effect, said: str) -> None:
    """A finding of other topics is counted and blocks nothing; what no finding explains may concern anybody."""
    old = report("0.12.10", passing(SPECS), passing("jit.one"))
    new = report("0.12.12", _AFTER.by_id[SPECS], failing("jit.one"))
    answer = gated(old, new, *uses)
    assert answer.effect is effect
    assert headline(answer).endswith(said)


@pytest.mark.parametrize("form", ["text", *FORMATS])
def test_what_is_not_in_use_is_told_and_is_no_regression(form: str) -> None:
    """With other topics the upgrade is safe, and every format says what is left out."""
    answer = gated(report("0.12.10", passing(SPECS)), report("0.12.12", _AFTER.by_id[SPECS]), "checkpoints")
    assert answer.effect is Effect.SAFE
    assert [one.name for one in answer.changes.unused] == [ON_SPECS]
    text = {**FORMATS, "text": as_text}[form](answer)
    assert ("1 breaks" if form in ("text", "github", "markdown") else ON_SPECS) in text
    assert not {"failure", "error"} & {one.tag for one in ElementTree.fromstring(as_junit(answer)).iter()}


def test_checkpoints_that_do_not_cross_concern_checkpoints_alone() -> None:
    """They block who restores checkpoints, and nobody else."""
    verdict = Verdict.REGRESSED
    crossing = Comparison(
        "checkpoints.from OLD to NEW", verdict, EFFECTS[verdict], "They cross.", topics=("checkpoints",)
    )
    sides = (Side("OLD", OLD), Side("NEW", NEW))
    assert answered(*sides, [crossing], ("checkpoints",)).effect is Effect.REGRESSION
    assert answered(*sides, [crossing], ("sharding",)).effect is Effect.SAFE


def test_nothing_that_counts_is_in_no_entry() -> None:
    """Whatever is not safe on neighbouring releases is shown."""
    for old, new in pairwise(releases.releases()):
        answer = gated(releases.report_of(old), releases.report_of(new))
        shown = {name for entry in answer.changes.entries for name in entry.properties}
        left_out = [one for one in answer.comparisons if one.effect is not Effect.SAFE and one.id not in shown]
        assert left_out == []


def test_junit_counts_and_is_xml() -> None:
    """What breaks is a failed test case; control characters do not break the file."""
    suite = ElementTree.fromstring(as_junit(RED))
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "0")
    bell = gated(OLD, _with_message("ring \x07 \x1b[31m"))
    assert r"ring \x07" in ElementTree.fromstring(as_junit(bell)).find("testcase/failure").text  # type: ignore[union-attr, operator]


def test_doubts_are_errors_in_every_format() -> None:
    """Runs that cannot be compared are never shown as good."""
    answer = gated(OLD, hostile("2.0"))
    assert json.loads(as_json(answer))["answer"] == "cannot tell"
    assert ElementTree.fromstring(as_junit(answer)).get("errors") != "0"
    assert as_github(answer).startswith("::error")
    for text in (as_markdown(answer), as_text(answer)):
        assert "cannot be compared" in text


def _with_message(message: str) -> Report:
    return report("0.12.0", failing("affine.zeros", message), *NEW.properties[1:])


def test_text_of_a_report_is_only_text() -> None:
    """Markup, mentions and annotations inside a report's texts stay text."""
    markdown = as_markdown(NASTY)
    assert "<script" not in markdown
    assert "@root" not in markdown
    injected = gated(OLD, _with_message("x\n::error title=forged::y"))
    assert all(line.startswith("::") for line in as_github(injected).splitlines())
    assert "::error title=forged" not in as_github(injected)
    assert HOSTILE in json.dumps(json.loads(as_json(NASTY)), ensure_ascii=False).replace('\\"', '"')


def test_what_fails_on_both_sides_is_only_counted() -> None:
    """A known failure of both sides is a number for a reader and a property for a machine; one that is new is shown."""
    both = failing("affine.ones", outcome="known failure", reason="Ones are dropped.")
    fresh = failing("jit.one", outcome="known failure", reason="One is dropped.")
    answer = gated(report("0.11.2", both, passing("jit.one")), report("0.12.0", both, fresh))
    for text in (as_text(answer), as_markdown(answer).replace("\\", "")):
        assert "1 known failure on both sides (not counted)" in text
        assert "affine.ones" not in text
        assert "jit.one" in text
        assert "One is dropped." in text
    assert {found["id"] for found in json.loads(as_json(answer))["properties"]} == {"affine.ones", "jit.one"}


def test_example_of_several_lines_is_a_block() -> None:
    """The lines of a program stand below one another as they are."""
    failure = failing("jit.one").failure
    assert failure is not None
    written = msgspec.structs.replace(failure, falsifying_example='program=Program("""\nx = 1\n""")')
    text = as_text(gated(OLD, report("0.12.0", failing("jit.one", failure=written))))
    assert '    Falsifying example:\n      program=Program("""\n      x = 1\n' in text


def test_sentence_names_the_feature_of_a_program() -> None:
    """The sentence of a generated program begins with the feature that it uses."""
    text = as_text(gated(OLD, report("0.12.0", failing("jit.one", feature="A box."))))
    assert "  * A box: the sentence of one.\n" in text


def test_command_can_be_copied_from_80_columns() -> None:
    """A long command goes over several lines, each of which but the last ends with a backslash."""
    failure = failing("jit.one").failure
    assert failure is not None
    told = "python -m pytest 'properties/test_to_linen.py::test_program_agrees[a_feature]' --hypothesis-profile gate"
    one = failing("jit.one", failure=msgspec.structs.replace(failure, command=told))
    text = as_text(gated(OLD, report("0.12.0", one)))
    command = text.partition("    Again:\n")[2].partition("    [")[0]
    *first, last = command.rstrip().splitlines()
    assert first
    assert all(line.endswith(" \\") for line in first)
    assert " ".join(" ".join([*(line[:-1] for line in first), last]).split()) == told
    assert max(map(len, text.splitlines())) <= 80


def test_text_is_80_columns_wide() -> None:
    """Each line of every text fits, but for lines of code and for words that are longer."""
    old, new = releases.report_of("0.10.7"), _AFTER
    texts = [
        as_text(gated(old, new)),
        as_text(gated(old, new, "sharding")),
        upgrade_text.as_text(upgrade(old, new)),
        upgrade_text.summary(upgrade(old, new)),
        table([releases.report_of(release) for release in releases.releases()]),
    ]
    texts += [
        finding_text.as_text(ON_SPECS).partition("This program shows it:")[0],
        finding_text.in_lines(all_findings()),
    ]
    long = [line for text in texts for line in text.splitlines() if len(line) > 80]
    assert [line for line in long if not re.match(r"\s+[-+] ", line) and len(line.split()) > 1] == []


def test_answer_without_entries() -> None:
    """An answer of nothing but doubts still has a headline."""
    other = msgspec.structs.replace(OLD, suite=Suite({}, "quick"))
    doubtful = headline(gated(OLD, other))
    assert ": cannot tell (" in doubtful
    assert doubtful.endswith(f": {Effect.UNCLEAR.meaning}")


def _in_table(capsys: pytest.CaptureFixture[str]) -> str:
    return table([hostile("1.0"), hostile("2.0")])


def _on_terminal(capsys: pytest.CaptureFixture[str]) -> str:
    terminal(NASTY)
    terminal(gated(OLD, hostile("2.0")))
    return capsys.readouterr().out


def _upgraded(capsys: pytest.CaptureFixture[str]) -> str:
    found = upgrade(NASTY.old.report or OLD, NASTY.new.report or NEW)
    return upgrade_text.as_text(found) + upgrade_text.summary(found) + upgrade_json.as_json(found)


OUTPUTS: dict[str, Callable[[pytest.CaptureFixture[str]], str]] = {
    "terminal": _on_terminal,
    "upgrade": _upgraded,
    "table": _in_table,
    "matrix.json": lambda capsys: matrix_json(matrix([hostile("1.0"), hostile("2.0")])),
    "page": lambda capsys: page(matrix([hostile("1.0"), hostile("2.0")]), Origin("0.1.0")),
    "matrix.md": lambda capsys: matrix_markdown(matrix([hostile("1.0"), hostile("2.0")])),
    "changes": lambda capsys: changes([hostile("1.0"), hostile("2.0")]),
    **{form: lambda capsys, write=write: write(NASTY) for form, write in FORMATS.items()},  # type: ignore[misc]
}


@pytest.mark.parametrize("output", OUTPUTS)
def test_no_output_shows_what_is_invisible(output: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a report holds, no output turns the writing round, moves a cursor or rings a bell."""
    text = OUTPUTS[output](capsys)
    assert [character for character in text if not (character.isprintable() or character in "\n\t\u200b")] == []
    assert "desrever" in text


@pytest.mark.parametrize("output", ["matrix.md", "changes", "markdown"])
def test_no_markdown_is_markup_of_a_report(output: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Outside of code no text of a report is HTML or a mention."""
    outside = re.sub(
        r"^(`{3,})[^\n]*\n.*?^\1$|(?<!\\)`[^`\n]*`", "", OUTPUTS[output](capsys), flags=re.DOTALL | re.MULTILINE
    )
    ours = re.sub(r"</?(details|summary)>", "", outside)
    assert "<" not in ours
    assert "@root" not in ours


def test_program_stays_python_in_markdown() -> None:
    """An example keeps its indentation, and whatever is in it its block ends after it."""
    program = 'program=Program("""\nclass Block:\n    x = 1\n```\n# *b*\n""")'
    failure = failing("jit.one").failure
    assert failure is not None
    one = failing("jit.one", failure=msgspec.structs.replace(failure, falsifying_example=program))
    assert f"\n````python\n{program}\n````\n" in as_markdown(gated(OLD, report("0.12.0", one)))


def test_what_is_accepted_is_said() -> None:
    """An answer that is safe because something was accepted says so, and so does its entry."""
    accepted = [
        replace(found, effect=Effect.SAFE, allowed="agreed") if found.effect else found for found in RED.comparisons
    ]
    answer = answered(RED.old, RED.new, accepted)
    assert answer.effect is Effect.SAFE
    assert headline(answer).endswith(" 2 changes are accepted and not counted.")
    assert "accepted: agreed" in as_text(answer)
