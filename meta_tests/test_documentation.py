"""The READMEs say what their commands print."""

from pathlib import Path

import pytest

from meta_tests import readme
from meta_tests.readme import READMES, printed_anew


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", READMES, ids=lambda path: path.parent.name)
def test_transcripts_are_what_commands_print(path: Path) -> None:
    """Every command on committed reports prints what stands below it; if not, ``python -m meta_tests.readme`` does."""
    text = path.read_text("utf-8")
    assert text.count("python -m reports table")
    assert printed_anew(text) == text


def test_transcript_follows_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are cut, what was left out is counted anew, and what comes after it is found by its first line."""
    monkeypatch.setattr(readme, "_printed", lambda command: "one\ntwo\nthree\nfour\nfive\nsix\n")
    shown = "```\n$ python -m reports a b\n{}\n```\n$ python -m reports gate flax==1\nold\n```\n"
    before = shown.format("old\n… 9 lines more\nfour\nold\n… 9 lines more")
    assert printed_anew(before) == shown.format("one\n… 2 lines more\nfour\nfive\n… 1 lines more")
    assert printed_anew(shown.format("old")) == shown.format("one\ntwo\nthree\nfour\nfive\nsix")


def test_table_follows_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one table was shown the first is, else all."""
    one, two = "| a |\n| --- |\n| 1 |\n", "| b |\n| --- |\n| 2 |\n"
    monkeypatch.setattr(readme, "_printed", lambda command: f"{one}\n{two}")
    shown = "<!-- python -m reports table x -->\n\n{}\n<!-- end -->\n"
    assert printed_anew(shown.format("| old |\n| --- |\n")) == shown.format(one)
    assert printed_anew(shown.format(f"{two}\n{two}")) == shown.format(f"{one}\n{two}")
