"""Faulty implementations are rejected by the property named in advance, correct ones by none."""

import ast
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from meta_tests.support import settled
from meta_tests.support.environments import NEWEST, OLDEST
from meta_tests.support.rejections import FAULTY, rejected_by
from meta_tests.support.runs import ROOT, Forks, chapters_of_the_entry, evidence_of_the_entry, modules, node
from reports.digests.digest import digest_of
from reports.model import Property

CORRECT = modules("correct")

# This one draws and adds up by itself, so a rare rounding is its own; the others call Flax, as the reference does.
OWN_ARITHMETIC = "own_dense"

# Ways to compile, shard and keep a model are tried on the newest release alone: the oldest lacks much of their API.
PLAIN = (
    "function_only",
    "linen_by_hand",
    "linen_wrapper",
    "nested_deeper",
    "nnx_linear",
    "other_attribute_name",
    "own_dense",
    "shortcut_method",
    "split_and_merged",
    "stream_named_params",
)
# Of the correct ones these stand for the others, which run with --thorough.
FIRST = {
    "newest": ("cached_models", "linen_by_hand", "nnx_linear", "own_dense", "sharded", "split_and_merged", "subclass"),
    "oldest": ("function_only", "linen_by_hand"),
}


RELEASE = {"newest": NEWEST.removeprefix("flax"), "oldest": OLDEST.removeprefix("flax")}


def _tried(age: str, path: Path, asked: Iterable[str], is_thorough: bool) -> Any:
    code = settled.digest(path.read_text(), RELEASE[age], *(digest_of(name, RELEASE[age]) for name in asked))
    marks = [pytest.mark.settled(code), *([pytest.mark.thorough] if is_thorough else [])]
    return pytest.param(age, path, id=f"{age}-{path.stem}", marks=marks)


def _faulty(age: str, path: Path, is_thorough: bool = False) -> Any:
    return _tried(age, path, [rejected_by(path)], is_thorough)


def _correct(age: str, path: Path) -> Any:
    return _tried(age, path, evidence_of_the_entry(RELEASE[age]), path.stem not in FIRST[age])


FAULTY_ON = [_faulty("newest", path) for path in FAULTY]
FAULTY_ON += [_faulty("oldest", path, number % 9 != 0) for number, path in enumerate(FAULTY)]
CORRECT_ON = [_correct("newest", path) for path in CORRECT]
CORRECT_ON += [_correct("oldest", path) for path in CORRECT if path.stem in PLAIN]


@pytest.mark.parametrize(("age", "path"), FAULTY_ON)
def test_faulty_implementation_is_rejected(
    path: Path, age: str, forks: Callable[[str], Forks], reference: Callable[[str], dict[str, Property]], tmp_path: Path
) -> None:
    """The property named in advance fails for the faulty implementation, and passes for the reference."""
    named = rejected_by(path)
    if reference(age)[named].outcome == "known failure":
        pytest.skip(f"on this release Flax itself fails {named}")
    assert reference(age)[named].outcome == "passed"
    records = forks(age).records(tmp_path, node(named), "--impl", str(path.relative_to(ROOT)))
    assert records[named]["outcome"] == "failed"


@pytest.mark.parametrize(("age", "path"), CORRECT_ON)
def test_correct_implementation_is_accepted(
    path: Path,
    age: str,
    forks: Callable[[str], Forks],
    reference: Callable[[str], dict[str, Property]],
    tmp_path: Path,
    pytestconfig: pytest.Config,
) -> None:
    """Every property holds, except where no model is offered or Flax itself is at fault."""
    is_long = pytestconfig.getoption("--thorough") and (age, path.stem) == ("newest", OWN_ARITHMETIC)
    profile = "gate" if is_long else "quick"
    whole = (*chapters_of_the_entry(), "--hypothesis-profile", profile)
    records = forks(age).records(tmp_path, *whole, "--impl", str(path.relative_to(ROOT)))
    assert records.keys() == reference(age).keys()
    excused = {name for name, record in reference(age).items() if record.outcome in ("known failure", "unsupported")}
    for name, record in records.items():
        assert name in excused or record["outcome"] in ("passed", "observed", "unsupported"), (name, record["failure"])
        if record["outcome"] == "unsupported":
            assert record["reason"]


def test_enough_are_tried() -> None:
    """There are at least 100 faulty implementations and 16 correct ones."""
    assert len(FAULTY) >= 100
    assert len(CORRECT) >= 16


def test_every_property_of_the_implementation_rejects_one() -> None:
    """Each property that judges the implementation has been seen to fail."""
    named = {rejected_by(path) for path in FAULTY}
    assert named == set(_judging())


def _judging() -> list[str]:
    # A test that is given `observe` judges nothing; one that is not given `impl` judges Flax alone.
    found = []
    for path in sorted((ROOT / "properties").glob("test_*.py")):
        for function in ast.parse(path.read_text()).body:
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
                arguments = {argument.arg for argument in function.args.args}
                if "impl" in arguments and "observe" not in arguments:
                    found.append(f"{path.stem.removeprefix('test_')}.{function.name.removeprefix('test_')}")
    return found
