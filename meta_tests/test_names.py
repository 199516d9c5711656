"""A name stands for one thing in the whole project, and none is one that the project gave up."""

import ast
import io
import re
import tokenize
from collections import defaultdict
from pathlib import Path

import pytest

from meta_tests.support.runs import ROOT

FOLDERS = ("impl", "properties", "reports")
# Pasted into reproducers, where each has the name of what it does the work of.
PASTED = "reports/plugin/reproducers/helpers.py"
# A module that a property is tried with, named as Linen's users name theirs.
_EXAMPLES = {"Block"}
_GIVEN_UP = re.compile(
    r"Drafts?|drafts?|makings|there_and_back|own_of_bridge_modules|bridge_modules|box_of_ones_own"
    r"|attribute_of_ones_own|featured|keys_handed_to_linen|collections_as_they_were|mended|ones_own"
)
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def _classes() -> dict[str, list[str]]:
    found = defaultdict(list)
    for path in SOURCES:
        name = path.relative_to(ROOT).as_posix()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and name != PASTED:
                found[node.name].append(name)
    return found


def test_class_name_stands_for_one_thing() -> None:
    """No two public classes of the suite have one name."""
    twice = {name: files for name, files in _classes().items() if len(files) > 1 and name not in _EXAMPLES}
    assert not twice


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_name_is_one_that_was_given_up(path: Path) -> None:
    """Of what is named in code, and of the files."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    names = {token.string for token in tokens if token.type == tokenize.NAME} | {path.stem}
    assert not [name for name in names if _GIVEN_UP.fullmatch(name.strip("_"))]
