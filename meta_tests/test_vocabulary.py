"""The words: every outcome, verdict and answer has one, and the counts that stand beside them are those of a report."""

from meta_tests.sample_reports import failing, passing, report
from reports.model import OUTCOMES as IN_REPORTS
from reports.vocabulary import ANSWERS, OUTCOMES, VERDICTS, Effect, Verdict, glossary, outcomes


def test_every_word_is_explained() -> None:
    """Nothing that a report or the gate can say lacks a sentence, and the glossary prints each."""
    assert OUTCOMES.keys() == {*IN_REPORTS}
    assert VERDICTS.keys() == {*Verdict}
    assert ANSWERS.keys() == {*Effect}
    text = glossary()
    for meaning in [*VERDICTS.values(), *(word.meaning for word in (*OUTCOMES.values(), *ANSWERS.values()))]:
        assert meaning.endswith(".")
        assert f"| {meaning} |" in text


def test_outcomes_are_counted() -> None:
    """The sentence says how many fail and how many of them are new, the table how many there are of each."""
    known = failing("jit.known", outcome="known failure", reason="It raises.")
    one = report("0.1.0", passing("jit.a"), passing("jit.b"), known)
    assert outcomes(one).startswith("On Flax 0.1.0, 1 of 3 properties fail, all known.\n\n")
    assert "| `passed` | No example contradicts the property. | 2 |" in outcomes(one)
    two = report("0.1.0", *one.properties, failing("jit.new"), passing("jit.dies", outcome="crashed", reason="It died."))
    assert outcomes(two).startswith("On Flax 0.1.0, 3 of 5 properties fail, 2 of them new.\n\n")
