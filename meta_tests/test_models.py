"""The chapter `models`: healthy models pass, each property rejects a model or a bridge that is wrong, and bad input."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meta_tests.edits import EDITS
from meta_tests.support.environments import NEWEST
from meta_tests.support.runs import ROOT, Forks, pytest_run

CHAPTER = "properties/test_models.py"
FAULTY = ROOT / "meta_tests" / "models" / "faulty.py"
QUICK = ("--hypothesis-profile", "quick")
# Each model of the file, with the properties that it breaks.
REJECTED_MODELS = {
    "Unseeded": ["same_seed", "ensemble", "jit_of_construction"],
    "ForgetsALayer": ["initialisation_reaches_every_layer"],
    "WritesItsInput": ["no_side_effects"],
    "SharesOneArray": ["copies", "split_and_merge", "update", "abstract_model", "msgpack", "orbax", "gradients"],
    "BranchesOnValues": ["jit", "jit_of_training", "closures", "traces"],
    "CountsInPython": ["traces"],
    "SizedByHistory": ["order_of_lazy_init", "second_lazy_init", "call_before_lazy_init"],
    "StaysOnOneDevice": ["devices"],
    "RemembersTraining": ["modes"],
    "HidesItsLayers": ["repr_and_display"],
    "MadeOtherwiseUnderJit": ["jit_of_construction"],
}
# Each edit of the bridge, with the properties that reject it.
REJECTED_EDITS = {
    "init keeps what is sown": ["bridged_layers_initialise"],
    "a variable is rounded on its way to Linen": ["bridged_layers_call"],
    "changes of a call are lost": ["bridged_layers_train"],
    "a layer stays in initialisation": ["training"],
}

Records = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def records(newest: Path, forks: Callable[[str], Forks], tmp_path: Path) -> Records:
    return lambda *options: forks("newest").records(tmp_path, CHAPTER, *QUICK, *options)


def _failed(found: dict[str, dict[str, Any]], model: str) -> set[str]:
    return {
        name.removeprefix("models.").removesuffix(f"[{model}]")
        for name, one in found.items()
        if name.endswith(f"[{model}]") and one["outcome"] == "failed"
    }


@pytest.mark.timeout(1200)
def test_shipped_models_pass(records: Records) -> None:
    """Every property passes, or observes, with each model."""
    found = records()
    assert {one["outcome"] for one in found.values()} == {"passed", "observed"}
    assert len({name.partition("[")[2] for name in found}) == 6


@pytest.mark.timeout(1200)
def test_wrong_models_are_rejected(records: Records) -> None:
    """By the properties named in advance, at least."""
    found = records("--models", str(FAULTY))
    for model, properties in REJECTED_MODELS.items():
        assert set(properties) <= _failed(found, model), model


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("edit", REJECTED_EDITS)
def test_wrong_bridges_are_rejected(edit: str, newest: Path, records: Records) -> None:
    """By the properties named in advance, at least."""
    if NEWEST not in newest.parts:
        pytest.skip(f"the edits are of the source of {NEWEST}, for which this machine has no Python")
    found = records("-p", "meta_tests.support.edited", "--edit", edit, "-k", "ConvNet or Nested")
    assert set(REJECTED_EDITS[edit]) <= _failed(found, "ConvNet") | _failed(found, "Nested")


def test_every_property_is_seen_to_fail() -> None:
    """A model or an edit of the bridge turns each red but those that only observe."""
    source = (ROOT / CHAPTER).read_text("utf-8")
    every = {
        line.split("(")[0].removeprefix("def test_")
        for line in source.splitlines()
        if line.startswith("def test_") and "observe: Observe" not in line
    }
    assert {one for found in (REJECTED_MODELS, REJECTED_EDITS) for names in found.values() for one in names} == every
    assert REJECTED_EDITS.keys() <= {edit.name for edit in EDITS}


def test_chapter_runs_only_for_models_of_a_user(newest: Path) -> None:
    """Without `--models` it is not collected, unless it is named."""
    for options, is_there in ((("properties",), False), ((CHAPTER,), True), (("properties", "--models", FAULTY), True)):
        run = pytest_run(newest, *map(str, options), "--collect-only", "-q", "-n", "0", "-k", "same_seed")
        assert ("test_models.py::test_same_seed" in run.stdout) == is_there


BAD = """
import sys

from flax import linen as nn
from flax import nnx
from flax.nnx import bridge
import jax.numpy as jnp

X = jnp.ones((2, 3))


def layer(rngs):
    return bridge.ToNNX(nn.Dense(2), rngs=rngs)


class Leaving(nnx.Module):
    def __init__(self, rngs):
        self.layer = layer(rngs)

    def __call__(self, x):
        sys.exit(0)


MODELS = {
    "Good": {"model": layer, "args": (X,)},
    "Misspelled": {"modell": layer, "args": (X,)},
    "Made": {"model": nnx.Linear(2, 3, rngs=nnx.Rngs(0)), "args": (X,)},
    "Linen": {"model": lambda rngs: nn.Dense(2), "args": (X,)},
    "Unbridged": {"model": lambda rngs: nnx.Linear(3, 2, rngs=rngs), "args": (X,)},
    "Vast": {"model": lambda rngs: bridge.ToNNX(nn.Dense(10**9), rngs=rngs), "args": (X,)},
    "Lossy": {"model": layer, "args": (X,), "loss": lambda model, x: model(x)},
    "Silent": {"model": layer, "args": (X,), "loss": lambda model, x: None},
    "Doubled": {"model": layer, "args": (X,), "mesh": ["x", "x"]},
    "Leaving": {"model": Leaving, "args": (X,)},
    "Raising": {"model": lambda rngs: 1 / 0, "args": (X,)},
    "Unfit": {"model": layer, "args": (X, X)},
    "Endless": {"model": lambda rngs: [0 for _ in iter(int, 1)], "args": (X,)},
    "Streamless": {"model": lambda rngs: bridge.ToNNX(nn.Dense(2)), "args": (X,)},
}
"""
UNSUPPORTED = {
    "Misspelled": "unknown key 'modell': the keys are model, args, kwargs, train, loss, mesh, init",
    "Made": "'model' is a Linear, and must be a function that makes the model",
    "Linen": "'model' makes a Dense, and must make an nnx.Module",
    "Unbridged": "it holds no `bridge.ToNNX` layer, so there is nothing of the bridge to test",
    "Vast": "it has 4,000,000,000 parameters: give a small configuration, of at most 10,000,000",
    "Lossy": "'loss' gives a ArrayImpl, and must give one real number",
    "Silent": "'loss' gives None, and must give one real number",
    "Doubled": "'mesh' is a list, and must be a list of the mesh's axes, each once",
}
FAILED = {
    "Raising": "'model' cannot be called with an `nnx.Rngs` (ZeroDivisionError: division by zero)",
    "Leaving": "bridge.lazy_init with these 'args' and 'kwargs' raises (SystemExit: 0)",
    "Unfit": "bridge.lazy_init with these 'args' and 'kwargs' raises (TypeError: ",
    "Endless": "it takes longer than 1 s of processor time",
    "Streamless": "bridge.lazy_init with these 'args' and 'kwargs' raises (InvalidRngError: ",
}


def test_bad_model_costs_only_itself(records: Records, tmp_path: Path) -> None:
    """What is described wrongly is unsupported once; what raises or hangs, which a bridge may cause, fails once."""
    path = tmp_path / "bad.py"
    path.write_text(BAD)
    found = records("-p", "meta_tests.support.impatient", "--models", str(path))
    assert {one["outcome"] for name, one in found.items() if name.endswith("[Good]")} == {"passed", "observed"}
    for outcome, reasons in (("unsupported", UNSUPPORTED), ("failed", FAILED)):
        for name, reason in reasons.items():
            one = found.pop(f"models.same_seed[{name}]")
            assert one["outcome"] == outcome
            assert reason in (one["reason"] or one["failure"]["message"])
    assert {name.partition("[")[2] for name in found} == {"Good]"}


def test_file_without_a_model_is_refused_in_a_line(newest: Path, tmp_path: Path) -> None:
    """With pytest's exit code 4, before any property."""
    path = tmp_path / "none.py"
    path.write_text("SUBJECTS = {}")
    run = pytest_run(newest, "properties", "--models", str(path))
    assert run.returncode == 4
    assert "there is no MODELS: define MODELS = {name: {'model': lambda rngs: …, 'args': (…,)}}" in run.stdout


def test_report_names_the_models_and_the_users_code(records: Records) -> None:
    """A failure says where the model of a user's begins, and its reproducer shows it again."""
    found = records("--models", str(FAULTY), "-k", "Unseeded and same_seed")
    failure = found["models.same_seed[Unseeded]"]["failure"]

    assert f"--models {FAULTY}" in failure["command"]
    assert "MODELS['Unseeded']" in failure["reproducer"]
