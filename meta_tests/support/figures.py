"""The numbers and names in pages that follow from code or evidence: ``tox run -e docs`` writes them.

A figure has no mark in its page. It is found by the words around it.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from meta_tests.edits import EDITS
from meta_tests.support.runs import ROOT, chapters_of_the_entry, modules
from reports.releases import releases, report_of

_FRONT, _TESTS, _IMPL = ROOT / "README.md", ROOT / "meta_tests" / "README.md", ROOT / "impl" / "README.md"


class FigureMissing(Exception):
    """A page does not have the words around a figure; the message is one line."""


@dataclass(frozen=True)
class Figure:
    """What stands in a page in place of the only group of a pattern."""

    page: Path
    pattern: str
    value: Callable[[], object]

    def renewed(self, text: str) -> str:
        """The page with the value of now; Missing."""
        found = re.search(self.pattern, text, re.MULTILINE)
        if found is None:
            raise FigureMissing(f"no text like {self.pattern!r}; adapt the pattern in meta_tests/support/figures.py")
        return f"{text[: found.start(1)]}{self.value()}{text[found.end(1) :]}"


def renewed(text: str, page: Path) -> str:
    """A page with its figures of now; Missing."""
    for figure in FIGURES:
        if figure.page == page:
            text = figure.renewed(text)
    return text


def generic_properties() -> dict[str, list[str]]:
    """What each generic property needs of a subject."""
    chapter = ast.parse((ROOT / "properties" / "test_subjects.py").read_text())
    return {
        function.name.removeprefix("test_"): [ast.literal_eval(need) for need in decorator.args]
        for function in chapter.body
        if isinstance(function, ast.FunctionDef)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "of_subjects"
    }


# What the page of subjects calls what a generic property needs.
_NEEDS = {
    "": "nothing",
    "shapes": "a variable",
    "parameters": "parameters",
    "learns": "parameters, all of them floats or complex numbers",
    "keeps_still": "a plain call that plain Linen makes without `mutable`",
    "draws": "a training call that draws from one of `streams`",
    "mutable": "`mutable`",
    "methods": "`methods`",
}


def _by_need() -> str:
    """The rows of a table: what is needed, how many properties need it, and which."""
    rows = []
    for need, words in _NEEDS.items():
        names = [name for name, needed in generic_properties().items() if "".join(needed) == need]
        rows.append(f"| {words} | {len(names)} | {', '.join(f'`{name}`' for name in names)} |\n")
    return "".join(rows)


def _of_the_entry() -> Counter[str]:
    """How the properties of the implementation came out on the newest release."""
    chapters = {Path(path).stem.removeprefix("test_") for path in chapters_of_the_entry()}
    return Counter(one.outcome for one in report_of(releases()[-1]).properties if one.chapter in chapters)


FIGURES = (
    Figure(_FRONT, r"with (\d+) tests, called", lambda: len(report_of(releases()[-1]).properties)),
    Figure(_TESTS, r"(\d+) faulty implementations", lambda: len(modules("faulty"))),
    Figure(_TESTS, r"(\d+) correct implementations", lambda: len(modules("correct"))),
    Figure(_TESTS, r"(\d+) edits of the source", lambda: len(EDITS)),
    Figure(_TESTS, r"(\d+) short programs", lambda: len(modules("patterns"))),
    Figure(_IMPL, r"There are (\d+) generic properties", lambda: len(generic_properties())),
    Figure(_IMPL, r"^\| needs \| number \| properties \|\n[-| ]+\n((?:\|.*\n)+)", _by_need),
    Figure(_IMPL, r"Of the (\d+) properties of these six chapters", lambda: _of_the_entry().total()),
    Figure(_IMPL, r"of these six chapters (\d+) pass for this file", lambda: _of_the_entry()["passed"]),
    Figure(_IMPL, r"pass for this file, and (\d+) only", lambda: _of_the_entry()["observed"]),
)
