"""The gate's answer in each format, made of texts that are not to be trusted."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import msgspec
import pytest
from reports.baselines import property_ids

from meta_tests.sample_reports import HOSTILE, failing, hostile, observing, passing, report
from reports.compare import Effect
from reports.matrix.changes import markdown as changes
from reports.matrix.markdown import matrix_markdown
from reports.matrix.matrix import matrix
from reports.matrix.pages import page
from reports.matrix.table import table
from reports.model import Report, Suite
from reports.upgrade.gate import Answer, gate_reports
from reports.upgrade.show import FORMATS, as_github, as_json, as_junit, as_markdown, headline, terminal
from reports.vocabulary import ANSWERS

OLD = report("0.11.2", passing("affine.zeros"), observing("determinism.weights", {"seed 0": "0.5"}), passing("jit.one"))
NEW = report("0.12.0", failing("affine.zeros"), observing("determinism.weights", {"seed 0": "0.1"}), passing("jit.one"))
RED = gate_reports(OLD, NEW)
NASTY = gate_reports(hostile("1.0"), hostile("2.0"))


def test_headline_says_the_verdict() -> None:
    """The first line is the answer."""
    scope = f"3 of {len(property_ids())} properties, profile gate"
    assert headline(RED) == (
        f"flax 0.11.2 -> flax 0.12.0: regression ({scope}): 1 property that passed on OLD fails on NEW."
    )


def test_headline_says_of_what() -> None:
    """How many properties were tried of how many, with which profile and selection; a user's subjects have no total."""
    suite = Suite({"affine": "d1"}, "quick", "-k 'zeros'")
    one = report("0.11.2", passing("affine.zeros"), suite=suite)
    assert f": safe (1 of {len(property_ids())} properties, profile quick, -k 'zeros'): " in headline(_both(one))
    theirs = msgspec.structs.replace(one, subjects="my_subjects.py")
    assert ": safe (1 property, profile quick, -k 'zeros'): " in headline(_both(theirs))


def _both(one: Report) -> Answer:
    return gate_reports(one, one)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_what_regressed_and_what_drifted(form: str) -> None:
    """Verdict, values on both sides and what to do are in every format."""
    text = FORMATS[form](RED).replace("\\", "")
    for word in ("regress", "drifted", "affine.zeros", "0.5", "0.1", "Restore a checkpoint"):
        assert word in text


def test_terminal_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Where it is not a terminal, the text is plain and unbroken."""
    terminal(RED)
    text = capsys.readouterr().out
    assert "regressed: affine.zeros" in text
    assert 'seed 0: "0.5" -> "0.1"' in text
    assert "jit.one" not in text
    assert "\x1b" not in text


def test_junit_counts_and_is_xml() -> None:
    """A regression is a failed test case; control characters do not break the file."""
    suite = ElementTree.fromstring(as_junit(RED))
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "0")
    bell = gate_reports(OLD, _with_message("ring \x07 \x1b[31m"))
    assert r"ring \x07" in ElementTree.fromstring(as_junit(bell)).find("testcase/failure").text  # type: ignore[union-attr, operator]


def test_doubts_are_errors_in_every_format() -> None:
    """Runs that cannot be compared are never shown as good."""
    answer = gate_reports(OLD, hostile("2.0"))
    assert json.loads(as_json(answer))["effect"] == "unclear"
    assert ElementTree.fromstring(as_junit(answer)).get("errors") != "0"
    assert as_github(answer).startswith("::error")
    assert "not comparable" in as_markdown(answer)


def _with_message(message: str) -> Report:
    return report("0.12.0", failing("affine.zeros", message), *NEW.properties[1:])


def test_text_of_a_report_is_only_text() -> None:
    """Markup, mentions and annotations inside a report's texts stay text."""
    markdown = as_markdown(NASTY)
    assert "<script" not in markdown
    assert "@root" not in markdown
    injected = gate_reports(OLD, _with_message("x\n::error title=forged::y"))
    assert all(line.startswith("::") for line in as_github(injected).splitlines())
    assert "::error title=forged" not in as_github(injected)
    assert HOSTILE in json.dumps(json.loads(as_json(NASTY)), ensure_ascii=False).replace('\\"', '"')


def test_what_is_known_on_both_sides_is_only_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """A known failure of both sides is a number for a reader and a finding for a machine; one that is new is shown."""
    both = failing("affine.ones", outcome="known", reason="Ones are lost.")
    fresh = failing("jit.one", outcome="known", reason="One is lost.")
    answer = gate_reports(report("0.11.2", both, passing("jit.one")), report("0.12.0", both, fresh))
    terminal(answer)
    for text in (capsys.readouterr().out, as_markdown(answer).replace("\\", "")):
        assert "1 known failure on both sides (not counted)" in text
        assert "affine.ones" not in text
        assert "jit.one" in text
    assert {found["id"] for found in json.loads(as_json(answer))["findings"]} == {"affine.ones", "jit.one"}


def test_example_of_several_lines_is_a_block(capsys: pytest.CaptureFixture[str]) -> None:
    """The lines of a program stand below one another as they are."""
    failure = failing("jit.one").failure
    assert failure is not None
    written = msgspec.structs.replace(failure, falsifying_example='program=Program("""\nx = 1\n""")')
    terminal(gate_reports(OLD, report("0.12.0", failing("jit.one", failure=written))))
    assert '    falsifying example:\n      program=Program("""\n      x = 1\n' in capsys.readouterr().out


def test_feature_of_a_program_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Below a sentence that speaks of the feature stands what it is."""
    terminal(gate_reports(OLD, report("0.12.0", failing("jit.one", feature="A box."))))
    assert "\n    The sentence of one.\n    the feature: A box.\n" in capsys.readouterr().out


def test_answer_without_findings() -> None:
    """An answer of nothing but doubts still has a headline."""
    doubtful = headline(Answer(RED.old, RED.new, [], ["the profile differs"]))
    assert ": cannot tell (" in doubtful
    assert doubtful.endswith(f": {ANSWERS[Effect.UNCLEAR].meaning}")


def _in_table(capsys: pytest.CaptureFixture[str]) -> str:
    return table([hostile("1.0"), hostile("2.0")])


def _on_terminal(capsys: pytest.CaptureFixture[str]) -> str:
    terminal(NASTY)
    terminal(gate_reports(OLD, hostile("2.0")))
    return capsys.readouterr().out


OUTPUTS: dict[str, Callable[[pytest.CaptureFixture[str]], str]] = {
    "terminal": _on_terminal,
    "table": _in_table,
    "page": lambda capsys: page(matrix([hostile("1.0"), hostile("2.0")])),
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
    assert "<" not in outside
    assert "@root" not in outside


def test_program_stays_python_in_markdown() -> None:
    """An example keeps its indentation, and whatever is in it its block ends after it."""
    program = 'program=Program("""\nclass Block:\n    x = 1\n```\n# *b*\n""")'
    failure = failing("jit.one").failure
    assert failure is not None
    one = failing("jit.one", failure=msgspec.structs.replace(failure, falsifying_example=program))
    assert f"\n````python\n{program}\n````\n" in as_markdown(gate_reports(OLD, report("0.12.0", one)))


def test_link_to_the_source_stays_one() -> None:
    """The reason of a known failure ends with a link that can be followed."""
    reason = "`ToNNX` raises. https://github.com/google/flax/pull/1"
    one = failing("jit.one", outcome="known", reason=reason)
    answer = as_markdown(gate_reports(OLD, report("0.12.0", one)))
    assert "- `ToNNX` raises. ([source](https://github.com/google/flax/pull/1))\n" in answer


def test_what_is_accepted_is_said() -> None:
    """An answer that is safe because something was accepted says so."""
    accepted = [
        replace(found, effect=Effect.SAFE, allowed="known") if found.effect else found for found in RED.findings
    ]
    assert headline(replace(RED, findings=accepted)).endswith(" 2 findings are accepted and not counted.")
