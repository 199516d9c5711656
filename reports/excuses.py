"""What the properties excuse: each place where one accepts two behaviours, leaves something out, or skips, and why.

A comment says so, above the statement or the function that it is about, and its paragraph is the reason:

    # Excused: Linen's own msgpack has no tuples.

The traits of generated programs, which keep features apart, have theirs in a table. All of it is read, and nothing run.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from reports.paths import ROOT

PROPERTIES = ROOT / "properties"
TRAITS_FILE = PROPERTIES / "programs" / "traits.py"
_MARK = "# Excused: "

# What accepts, leaves out or skips, as Python says it, and as the text of a generated program does.
_CALLS = re.compile(
    r"(?<!^nnx\.)\b(skip|xfail|importorskip|assume|suppress|pop|assert_allclose|has_pure_dicts|missing)$"
)
_TEXTS = re.compile(r"^\s*except |\braised\(.*\) (is not None,|in \()|assert_allclose\(", re.MULTILINE)
_SENTENCES = re.compile(r"\braises? or\b|\bor raises?\b|\bor is refused\b")


class Excuse(NamedTuple):
    """A place and the reason that it gives."""

    path: Path
    line: int
    # The function, or a trait of generated programs.
    name: str
    reason: str

    @property
    def where(self) -> str:
        """The name as the table shows it."""
        return f"trait `{self.name}`" if self.path == TRAITS_FILE else f"`{self.name}`"


def excuses() -> list[Excuse]:
    """All that the properties excuse, by file and line."""
    found = [excuse for path in _files() for excuse in _marked(path)]
    return sorted(found + list(_traits()))


def unmarked() -> list[str]:
    """The places that look like an excuse and give no reason, as ``file:line``."""
    return [f"{path.relative_to(ROOT)}:{line}" for path in _files() for line in _suspected(path)]


def listed() -> str:
    """All of it as a Markdown table, a row for each reason."""
    rows: dict[tuple[str, str], list[str]] = {}
    for one in excuses():
        rows.setdefault((str(one.path.relative_to(PROPERTIES)), one.reason), []).append(one.where)
    lines = (f"| [`{path}`]({path}) | {', '.join(names)} | {reason} |" for (path, reason), names in rows.items())
    return "\n".join(["| file | where | why |", "| --- | --- | --- |", *lines])


def _files() -> list[Path]:
    return sorted(PROPERTIES.rglob("*.py"))


def _marked(path: Path) -> Iterator[Excuse]:
    text = path.read_text("utf-8")
    functions = _functions(ast.parse(text))
    comments = dict(_comments(text))
    for line, comment in comments.items():
        if not comment.startswith(_MARK):
            continue
        reason, end = comment.removeprefix(_MARK), line + 1
        while end in comments and not comments[end].startswith(_MARK):
            reason += " " + comments[end].removeprefix("# ")
            end += 1
        yield Excuse(path, line, _around(functions, end) or "the module", reason)


def _traits() -> Iterator[Excuse]:
    (table,) = (node.value for node in ast.parse(TRAITS_FILE.read_text("utf-8")).body if isinstance(node, ast.Assign))
    assert isinstance(table, ast.Dict)
    for key, value in zip(table.keys, table.values, strict=True):
        assert key is not None
        yield Excuse(TRAITS_FILE, key.lineno, ast.literal_eval(key), ast.literal_eval(value))


def _suspected(path: Path) -> Iterator[int]:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    functions, marks = _functions(tree), [one.line for one in _marked(path)]
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    sentences = {
        node.lineno: ast.get_docstring(node) or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    lines = {node.lineno for node in ast.walk(tree) if _looks_like_an_excuse(node, docstrings)}  # type: ignore[attr-defined]
    lines |= {line for line, sentence in sentences.items() if _SENTENCES.search(sentence)}
    for line in sorted(lines):
        if not any(first <= mark <= last for mark in marks for first, last in _places(functions, line)):
            yield line


def _looks_like_an_excuse(node: ast.AST, docstrings: set[int]) -> bool:
    match node:
        case ast.Call(func=ast.Name() | ast.Attribute() as function):
            name = ast.unparse(function)
            anything = [ast.unparse(argument) for argument in node.args[:1]] == ["Exception"]
            return bool(_CALLS.search(name)) or (name.endswith("raises") and anything)
        case ast.ExceptHandler():  # one that keeps or raises the exception compares it
            return not any(
                isinstance(inner, ast.Raise) or (isinstance(inner, ast.Name) and inner.id == node.name)
                for inner in ast.walk(ast.Module(node.body, []))
            )
        case ast.Constant(value=str(text)) if id(node) not in docstrings:
            return bool(_TEXTS.search(text))
    return False


def _places(functions: list[ast.FunctionDef], line: int) -> list[tuple[int, int]]:
    """The lines in which a mark is about this one: those above it, and the function that it is in with those above."""
    inside = [one for one in functions if _first(one) <= line <= (one.end_lineno or line)]
    return [(line - 4, line), *((_first(one) - 4, one.end_lineno or line) for one in inside[-1:])]


def _first(function: ast.FunctionDef) -> int:
    return min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _around(functions: list[ast.FunctionDef], line: int) -> str:
    """The function that this line is in or begins."""
    inside = [one.name for one in functions if _first(one) <= line <= (one.end_lineno or line)]
    return inside[0] if inside else ""


def _comments(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and token.line.lstrip().startswith("#"):
            yield token.start[0], token.string
