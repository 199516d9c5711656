"""What the contract says of itself: one sentence for each property, one file for each chapter."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from meta_tests.support.runs import ROOT

CHAPTERS = sorted((ROOT / "properties").glob("test_*.py"))


def _properties(chapter: Path) -> list[ast.FunctionDef]:
    body = ast.parse(chapter.read_text()).body
    return [node for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_property_is_one_sentence(chapter: Path) -> None:
    """The first paragraph of each property's docstring is a sentence that ends in a period, and there is no other."""
    for function in _properties(chapter):
        sentence = " ".join((ast.get_docstring(function) or "").split("\n\n")[0].split())
        assert sentence.endswith("."), function.name
        assert ". " not in sentence, function.name


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_chapter_has_a_title_and_properties(chapter: Path) -> None:
    """A chapter says in its first line what it is about, and holds at least one property."""
    title = ast.get_docstring(ast.parse(chapter.read_text())) or ""
    assert title.split("\n")[0].endswith(".")
    assert _properties(chapter)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_ids_are_unique(chapter: Path) -> None:
    """No property of a chapter hides another of the same name."""
    names = Counter(function.name for function in _properties(chapter))
    assert max(names.values()) == 1, names.most_common(1)
