"""Small edits of a tiny package are all found, each is tried once, and what kills them is written down."""

import argparse
import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from meta_tests.strength import coverage, equivalents, results, seen_red
from meta_tests.strength.__main__ import chosen_edits
from meta_tests.strength.coverage import Coverage, Ran
from meta_tests.strength.enumeration import KINDS, edits_of
from meta_tests.strength.order import Kill, function_at, of_results, order
from meta_tests.strength.package import Copy
from meta_tests.strength.rendering import counted, page
from meta_tests.strength.results import IMPORT, Outcome, Result, result
from meta_tests.strength.running import judged
from meta_tests.strength.small_edit import SmallEdit
from meta_tests.strength.targets import BRIDGE, Target, sampled
from meta_tests.support.runs import ROOT, environment

SOURCE = '''\
"""A tiny module."""
import typing as tp
from warnings import warn

T = tp.TypeVar("T")
LIMIT: int = 3


class Box:
  """A box."""

  def put(self, value: "int", *, twice: bool = False) -> "Box | None":
    """Puts a value in."""
    if value is None or not isinstance(value, int):
      raise ValueError("no number")
    assert value <= LIMIT, "too large"
    self.value = sorted(pair(value, 1, order="up"))
    warn("a word", DeprecationWarning)
    return self if twice else None


def pair(one, other, order):
  log(one, other)
  return [one, other + 1]  # ö


def log(*what):
  return
'''

EXPECTED = {
    ("", "flipped constant", "3", "4"),
    ("Box.put", "flipped constant", "False", "True"),
    ("Box.put", "dropped condition", "value is None or not isinstance(value, int)", "True"),
    ("Box.put", "dropped condition", "value is None or not isinstance(value, int)", "((value is None))"),
    ("Box.put", "dropped condition", "value is None or not isinstance(value, int)", "((not isinstance(value, int)))"),
    (
        "Box.put",
        "negated condition",
        "value is None or not isinstance(value, int)",
        "(not (value is None or not isinstance(value, int)))",
    ),
    (
        "Box.put",
        "flipped operator",
        "value is None or not isinstance(value, int)",
        "((value is None) and (not isinstance(value, int)))",
    ),
    ("Box.put", "flipped operator", "value is None", "(value) is not (None)"),
    ("Box.put", "negated condition", "not isinstance(value, int)", "(isinstance(value, int))"),
    ("Box.put", "dropped raise", 'raise ValueError("no number")', "pass"),
    ("Box.put", "negated condition", "value <= LIMIT", "(not (value <= LIMIT))"),
    ("Box.put", "dropped condition", "value <= LIMIT", "True"),
    ("Box.put", "flipped operator", "value <= LIMIT", "(value) < (LIMIT)"),
    ("Box.put", "dropped assignment", 'self.value = sorted(pair(value, 1, order="up"))', "pass"),
    ("Box.put", "dropped call", 'sorted(pair(value, 1, order="up"))', '(pair(value, 1, order="up"))'),
    ("Box.put", "swapped arguments", "value, 1", "1, value"),
    ("Box.put", "dropped keyword", ', order="up"', ""),
    ("Box.put", "flipped constant", "1", "2"),
    ("Box.put", "flipped constant", '"up"', "'up_'"),
    ("Box.put", "dropped call", 'warn("a word", DeprecationWarning)', "pass"),
    ("Box.put", "dropped return", "return self if twice else None", "return None"),
    ("Box.put", "negated condition", "twice", "(not (twice))"),
    ("Box.put", "dropped condition", "twice", "True"),
    ("pair", "dropped call", "log(one, other)", "pass"),
    ("pair", "swapped arguments", "one, other", "other, one"),
    ("pair", "dropped return", "return [one, other + 1]", "return None"),
    ("pair", "flipped operator", "other + 1", "((other) - (1))"),
    ("pair", "flipped constant", "1", "2"),
    ("log", "dropped return", "return", "pass"),
}

MODULE = """
def double(x):
  return x + x

def same(x):
  y = x
  return y

def unused(x):
  return x

def breaking(x):
  return x + 1
"""
SUITE = """
import os
import tiny

def test_double():
    assert tiny.double(3) == 6

def test_same():
    assert tiny.same(1) == 1

def test_breaking():
    tiny.breaking(1) == 2 or os._exit(3)
"""
SCRIPT = """
import sys, pytest
from meta_tests.strength.first_red import FirstRed
order = sys.argv[2].split()
with open(sys.argv[3], "w") as output:
    pytest.main([sys.argv[1], "-n", "0", "-p", "no:randomly"], plugins=[FirstRed(order, {}, output)])
"""


def _edits(source: str = SOURCE) -> list[SmallEdit]:
    return edits_of("tiny.py", source)


def _result(edit: SmallEdit, outcome: Outcome = Outcome.KILLED, by: str = "a.one") -> Result:
    return result(edit, outcome, by, "AssertionError", 3, 4.0, 2.0)


def test_all_edits_are_found_and_nothing_else() -> None:
    """Of annotations, docstrings, imports, type variables and the words of exceptions and warnings there are none."""
    found = {(edit.function, edit.kind, edit.old, edit.new) for edit in _edits()}
    assert found == EXPECTED
    assert {kind for _, kind, _, _ in found} == set(KINDS)


def test_every_edit_is_another_program() -> None:
    """Each edited source is Python, and differs from the source and from each other's."""
    programs = [ast.dump(ast.parse(edit.apply(SOURCE.encode()))) for edit in _edits()]
    assert len({ast.dump(ast.parse(SOURCE)), *programs}) == len(programs) + 1


def test_digest_changes_with_the_function_alone() -> None:
    """A line above an edit and another function change no digest; its own function changes all of its digests."""
    before = {edit.digest: edit for edit in _edits()}
    after = {edit.digest: edit for edit in _edits("# moved\n" + SOURCE.replace("other + 1", "other + 2"))}
    assert {before[digest].function for digest in before.keys() - after.keys()} == {"pair"}
    assert len(before) == len(_edits())


def test_larger_sample_holds_the_smaller() -> None:
    """A sample depends on its seed alone."""
    edits = _edits()
    assert sampled(reversed(edits), 5, 1) == sampled(edits, 9, 1)[:5] != sampled(edits, 5, 2)
    assert sorted(map(str, sampled(edits, None, 1))) == sorted(map(str, edits))


def test_copy_is_edited_for_a_while(tmp_path: Path) -> None:
    """What is installed stays as it is, and compiled code of one edit is not taken for another's."""
    package = tmp_path / "tiny"
    package.mkdir()
    (package / "tiny.py").write_text(SOURCE)
    copy = Copy(package, tmp_path / "copy")
    times = []
    for edit in _edits()[:2]:
        with copy.edited(edit):
            assert copy.source("tiny.py") == edit.apply(SOURCE.encode()) != SOURCE.encode()
            times.append((copy.package / "tiny.py").stat().st_mtime)
        assert copy.source("tiny.py").decode() == SOURCE == (package / "tiny.py").read_text()
        times.append((copy.package / "tiny.py").stat().st_mtime)
    assert len(set(times)) == len(times)


def test_coverage_is_kept(tmp_path: Path) -> None:
    """What is read is what was measured; the last run of a property counts."""
    ran = [
        Ran("b.two", 2.0, True, ("f.py::g",)),
        Ran("a.one", 9.0, False, ("f.py::h",)),
        Ran("a.one", 1.0, False, ("f.py::g",)),
        Ran("c.three", 0.5, False, ("f.py::g", "f.py::k")),
    ]
    measured = coverage.of_runs(Ran.of_line(one.line()) for one in ran)
    (tmp_path / "coverage.json").write_text(measured.text())
    again = coverage.read(tmp_path / "coverage.json")
    assert again == measured
    assert again.runs("f.py::g") == ["a.one", "b.two", "c.three"]
    assert (again.runs("f.py::h"), again.runs("f.py::k"), again.red) == ([], ["c.three"], ["b.two"])
    assert coverage.spans([5, 0, 1, 2]) == "0-2,5"


def test_coverage_of_a_chapter_is_added_to_what_is_kept(tmp_path: Path) -> None:
    """What ran anew replaces what was kept of it, the rest stays, and a property that is gone goes."""
    file = tmp_path / "coverage.json"
    first = [
        Ran("a.one", 9.0, True, ("f.py::h",)),
        Ran("b.two", 2.0, True, ("f.py::g",)),
        Ran("c.gone", 2.0, False, ()),
    ]
    again = [Ran("a.one", 1.0, False, ("f.py::g",)), Ran("d.new", 0.5, False, ("f.py::k",))]
    coverage.add(first, ["a.one", "b.two", "c.gone"], file)
    coverage.add(again, ["a.one", "b.two", "d.new"], file)
    assert coverage.read(file) == coverage.of_runs([again[0], first[1], again[1]])


def test_near_and_quick_properties_run_first() -> None:
    """A kill in the same function counts most, then the seconds. What never runs it, or is red, is left out."""
    seconds = {"a.quick": 0.1, "b.near": 3.0, "c.slow": 9.0, "d.red": 0.1, "e.elsewhere": 0.1}
    measured = Coverage(seconds, ["d.red"], {"tiny.py::pair": [0, 1, 2, 3]})
    edit = next(edit for edit in _edits() if edit.function == "pair")
    assert order(edit, measured, []) == ["a.quick", "b.near", "c.slow"]
    assert order(edit, measured, [Kill("b.near", "tiny.py", "pair")]) == ["b.near", "a.quick", "c.slow"]
    assert order(edit, measured, [Kill("b.near", "other.py", "pair")]) == ["a.quick", "b.near", "c.slow"]
    kills = [Kill("g.newer", "tiny.py", "log")]
    assert order(edit, measured, kills, ["f.new", "g.newer"]) == ["a.quick", "b.near", "c.slow", "g.newer", "f.new"]
    at_import = next(edit for edit in _edits() if not edit.function)
    assert order(at_import, measured, []) == ["a.quick", "e.elsewhere", "b.near", "c.slow"]


def test_function_of_a_text_is_found() -> None:
    """The innermost function counts."""
    found = [function_at(SOURCE, text) for text in ("LIMIT: int", "assert value", "\n  log(one", "def pair")]
    assert found == ["", "Box.put", "pair", "pair"]


@pytest.mark.parametrize(
    ("lines", "status", "expected"),
    [
        ([["collected", 2], ["started", "p"], ["passed", "p", 1], ["ended"]], 0, (Outcome.SURVIVED, "", "", 1)),
        ([["collected", 2], ["started", "p"], ["red", "p", "E"], ["ended"]], 1, (Outcome.KILLED, "p", "E", 0)),
        ([["red", "import", "E"]], 1, (Outcome.KILLED, IMPORT, "E", 0)),
        ([["collected", 2], ["started", "p"]], -9, (Outcome.KILLED, "p", "the process ended with -9", 0)),
        ([], -9, (Outcome.KILLED, IMPORT, "the process ended with -9", 0)),
        (
            [["collected", 2], ["started", "p"], ["passed", "p", 1], ["started", "q"]],
            None,
            (Outcome.UNDECIDED, "", "", 1),
        ),
    ],
)
def test_run_is_judged(lines: list[list[object]], status: int | None, expected: tuple[object, ...]) -> None:
    """A process that dies is the last property's doing; time that is up decides nothing."""
    assert judged(lines, status) == expected


def test_results_are_kept(tmp_path: Path) -> None:
    """A line is appended at once; the last line of an edit counts; a result of an edit that is gone is not shown."""
    file = tmp_path / "results.jsonl"
    first, second, third = _edits()[:3]
    for one in (_result(second), _result(first, Outcome.UNDECIDED, ""), _result(first), _result(third)):
        results.add(one, file)
    known = results.read(file)
    assert known == {edit.digest: _result(edit) for edit in (second, first, third)}
    results.write(known.values(), file)
    in_order = sorted((first, second, third), key=lambda one: (one.line, one.digest))
    assert list(results.read(file)) == [edit.digest for edit in in_order]
    assert results.read(file) == known
    assert list(results.current(known, [first, _edits()[3], third])) == [first.digest, third.digest]
    assert [kill.property for kill in of_results([_result(first), _result(second, by=IMPORT)])] == ["a.one"]


def test_nothing_is_run_twice() -> None:
    """What has a result is left out, but for outcomes that are asked for again."""
    chosen = [Target("tiny.py", _edits())]
    known = {edit.digest: _result(edit) for edit in _edits()}
    first, second = _edits()[:2]
    known[first.digest] = _result(first, Outcome.SURVIVED, "")
    del known[second.digest]
    options = argparse.Namespace(sample=None, seed=0, again=[], only=[])
    assert chosen_edits(chosen, known, options) == [second]
    options.again = [Outcome.SURVIVED]
    assert {edit.digest for edit in chosen_edits(chosen, known, options)} == {first.digest, second.digest}
    options = argparse.Namespace(sample=2, seed=0, again=[], only=[])
    chosen = [Target("nnx/bridge/module.py", edits_of("nnx/bridge/module.py", SOURCE)), *chosen]
    assert [edit.file for edit in chosen_edits(chosen, {}, options)] == [
        *["nnx/bridge/module.py"] * 2,
        *["tiny.py"] * 2,
    ]
    options.only = [_edits()[5].digest]
    assert chosen_edits(chosen, known, options) == [_edits()[5]]


def test_equivalent_edits_do_not_count() -> None:
    """The share is of what was tried and is not equivalent; what is undecided counts as if it survived."""
    edits = edits_of("nnx/bridge/wrappers.py", SOURCE)
    outcomes = (Outcome.KILLED, Outcome.SURVIVED, Outcome.UNDECIDED, Outcome.SURVIVED)
    known = {edit.digest: _result(edit, outcome) for edit, outcome in zip(edits, outcomes, strict=False)}
    argued = {edits[1].digest: "No reader of it is left."}
    targets = [Target("nnx/bridge/wrappers.py", edits)]
    count = counted(targets, known, argued)[BRIDGE]
    assert count.cells() == (len(edits), 4, 1, 1, 1, 1, "33.3 %", "4.0", "2.0")
    text = page(targets, known, argued, "Flax 1")
    assert "No reader of it is left." in text
    assert "MISSED  killed edits of flax/nnx/bridge/, per cent: 33.33 (target >= 97)" in text
    assert text.count(edits[1].digest) == 1


@pytest.mark.parametrize(
    ("function", "order_of_run", "expected"),
    [
        ("double", "tiny.double tiny.same", (Outcome.KILLED, "tiny.double", "AssertionError", 0)),
        ("double", "tiny.same tiny.double", (Outcome.KILLED, "tiny.double", "AssertionError", 1)),
        ("unused", "tiny.same tiny.double tiny.breaking", (Outcome.SURVIVED, "", "", 3)),
        ("breaking", "tiny.same tiny.breaking", (Outcome.KILLED, "tiny.breaking", "the process ended with 3", 1)),
    ],
)
def test_first_red_property_ends_a_run(
    function: str, order_of_run: str, expected: tuple[object, ...], tmp_path: Path
) -> None:
    """The properties of a tiny package run in the order given, and stop at the first that is red or that dies."""
    edit = next(one for one in edits_of("tiny.py", MODULE) if one.function == function)
    (tmp_path / "tiny.py").write_bytes(edit.apply(MODULE.encode()))
    (tmp_path / "test_tiny.py").write_text(SUITE)
    lines = tmp_path / "lines.txt"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), order_of_run, str(lines)],
        cwd=tmp_path,
        env=environment(PYTHONPATH=f"{ROOT}:{tmp_path}"),
        capture_output=True,
        check=False,
    )
    assert judged([json.loads(line) for line in lines.read_text().splitlines()], done.returncode) == expected


def test_every_argued_edit_was_tried() -> None:
    """An edit that a property kills is not equivalent, and a line about an edit that is gone says nothing."""
    known = results.read()
    argued = equivalents.read()
    assert {digest: known[digest].outcome for digest in argued if known[digest].outcome == Outcome.KILLED} == {}
    assert [why for why in argued.values() if not why.endswith(".")] == []


def test_committed_results_name_properties() -> None:
    """What killed an edit is a property of the suite, of which the seconds are known."""
    measured = coverage.read()
    killers = {one.by for one in results.read().values() if one.outcome == Outcome.KILLED}
    assert killers - {IMPORT} <= set(measured.properties)


def test_every_property_rejected_something_or_is_argued() -> None:
    """Neither a property without a reason, nor a reason without need."""
    argued = seen_red.argued()
    assert sorted(seen_red.never()) == sorted(argued)
    assert all(why.endswith(".") for why in argued.values())
