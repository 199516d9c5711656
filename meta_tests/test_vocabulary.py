"""The words: every outcome, verdict and answer has one, and there is no second set of them."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from meta_tests.support.sample_reports import failing, passing, report
from reports.model import json_schema
from reports.paths import ROOT
from reports.render.glossary import glossary, outcomes
from reports.vocabulary import EFFECTS, NOT_RUN, Absence, Effect, Outcome, Verdict

# Words that once stood for one of the vocabulary, wherever they are quoted as a value.
_SECOND_SET = {"broken", "mended", "gone", "lost", "known", "unclear", "drift", "still_failing", "failure_changed"}
# A test may have an argument that is called so.
_NAMES = {"known"}
_FOLDERS = {"reports": _SECOND_SET, "meta_tests": _SECOND_SET - _NAMES}
# What says that a report of an older schema had other words.
_EXCEPT = {"reports/load.py", "meta_tests/test_load.py", "meta_tests/test_vocabulary.py"}


def test_every_word_is_explained() -> None:
    """Nothing that a report or the gate can say lacks a sentence, and the glossary prints each."""
    text = glossary()
    words = [*Outcome, *Absence, *Verdict]
    for word, meaning in [*((str(one), one.meaning) for one in words), *((one.word, one.meaning) for one in Effect)]:
        assert meaning.endswith(".")
        assert f"| `{word}` | {meaning} |" in text


def test_words_are_those_of_the_style() -> None:
    """STYLE.md has them, and nothing else may be said."""
    assert {*Outcome, NOT_RUN} == {
        *("passed", "failed", "known failure", "unsupported", "crashed", "observed", "not run")
    }
    assert {*Verdict} == {
        *("same", "fixed", "regressed", "failure changed", "still failing", "new", "removed", "drifted"),
        "incomparable",
    }
    assert {one.word for one in Effect} == {"safe", "safe with drift", "regression", "cannot tell"}


def test_every_verdict_has_an_effect_but_new() -> None:
    """What is new is safe only if it holds."""
    assert {*Verdict} - EFFECTS.keys() == {Verdict.NEW}


def test_report_stores_the_words() -> None:
    """What a report can hold is the vocabulary, without what says that it holds nothing."""
    assert set(json_schema()["$defs"]["Outcome"]["enum"]) == {*Outcome}


@pytest.mark.parametrize("folder", _FOLDERS)
def test_there_is_no_second_set_of_words(folder: str) -> None:
    """No text of a program is one of the old words alone, as a value that is stored or compared would be."""
    sources = [path for path in sorted((ROOT / folder).rglob("*.py")) if _name(path) not in _EXCEPT]
    assert len(sources) > 20
    assert [f"{_name(path)}: {text}" for path in sources for text in _texts(path) if text in _FOLDERS[folder]] == []


def test_site_and_documentation_have_no_second_set() -> None:
    """Neither do the page, its style and script, nor what the folders' pages quote."""
    assets = [*(ROOT / "reports" / "render" / "site" / "assets").iterdir()]
    assert assets
    paths = [*assets, *ROOT.glob("*/README.md"), ROOT / "README.md"]
    paths += (ROOT / "reports").glob("*/README.md")
    quoted = re.compile(rf"[\"'`=]({'|'.join(_SECOND_SET)})[\"'`\]]")
    found = [(path, match[1]) for path in paths for match in quoted.finditer(path.read_text(encoding="utf-8"))]
    assert [f"{_name(path)}: {word}" for path, word in found] == []


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _texts(path: Path) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.STRING:
            yield token.string.strip("rbuRBU").strip("\"'")


def test_outcomes_are_counted() -> None:
    """The sentence says how many fail and how many of them are new, the table how many there are of each."""
    known = failing("jit.known", outcome="known failure", reason="It raises.")
    one = report("0.1.0", passing("jit.a"), passing("jit.b"), known)
    assert outcomes(one).startswith("On Flax 0.1.0, 1 of 3 properties fail, all known.\n\n")
    assert "| `passed` | The property held for every input tried. | 2 |" in outcomes(one)
    dead = passing("jit.dies", outcome="crashed", reason="It died.")
    two = report("0.1.0", *one.properties, failing("jit.new"), dead)
    assert outcomes(two).startswith("On Flax 0.1.0, 3 of 5 properties fail, 2 of them new.\n\n")
