"""Checkpoints of a user's models, saved and restored: what is wrong is red, and a path that moves is answered."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from meta_tests.support.environments import NEWEST
from meta_tests.support.runs import ROOT, environment
from properties.checkpoints.fate import Fate

MODELS = """
import os

import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)


class Small(nnx.Module):
    def __init__(self, rngs):
        if "RAISES" in os.environ:
            raise RuntimeError("no such layer")
        self.name = os.environ.get("LAYER", "layer")
        setattr(self, self.name, bridge.ToNNX(nn.Dense(4), rngs=rngs))
        self.norm = bridge.ToNNX(nn.BatchNorm(), rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)

    def __call__(self, x, train=False):
        changes = {"mutable": ["batch_stats"]} if train else {}
        x = self.norm(getattr(self, self.name)(x), use_running_average=not train, **changes)
        return self.dropout(x, deterministic=not train)


MODELS = {
    "Small": {"model": lambda rngs: Small(rngs), "args": (X,), "train": {"train": True}},
    "Whole": {"model": lambda rngs: bridge.ToNNX(nn.Embed(5, 4), rngs=rngs), "args": (jnp.arange(3),)},
    "Lazy": {
        "model": lambda rngs: bridge.ToNNX(nn.Dense(4), rngs=rngs),
        "args": (X,),
        "loss": lambda model, x: jnp.float32(0),
    },
    "Vast": {"model": lambda rngs: bridge.ToNNX(nn.Dense(10**9), rngs=rngs), "args": (X,)},
}
SUBJECTS = {
    "Argmax": {"module": nn.Sequential([nn.Dense(3), lambda x: x.argmax(-1)]), "args": (X,)},
    "Huge": {"module": nn.Dense(10**9), "args": (X,)},
}
"""
PROGRAM = ("-m", "properties.checkpoints.models")
# Begins a process in which Flax is edited before the program runs.
EDITED = """
import runpy, sys
from properties.support import runtime
runtime.prepare()
from meta_tests.support.edited import apply, named
apply(named(sys.argv.pop(1)))
runpy.run_module("properties.checkpoints.models", run_name="__main__")
"""
Run = Callable[..., str]


@pytest.fixture(scope="module")
def run(newest: Path) -> Run:
    """Run Python of the newest release; what it prints last."""

    def run(*arguments: str, **changes: str) -> str:
        done = subprocess.run(
            [str(newest), *arguments],
            cwd=ROOT,
            env=environment(PYTHONPATH=str(ROOT), **changes),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.splitlines()[-1] if done.stdout else ""

    return run


@pytest.fixture(scope="module")
def saved(run: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder with the checkpoints of the models, and their file."""
    folder = tmp_path_factory.mktemp("crossing")
    file, checkpoints = folder / "my_models.py", folder / "checkpoints"
    file.write_text(MODELS)
    checkpoints.mkdir()
    run(*PROGRAM, "save", str(checkpoints), "--models", str(file), "--subjects", str(file))
    return checkpoints, file


def _fates(text: str) -> dict[str, Fate]:
    return msgspec.json.decode(text, type=dict[str, Fate])


def _restored(run: Run, saved: tuple[Path, Path], **changes: str) -> dict[str, Fate]:
    folder, file = map(str, saved)
    return _fates(run(*PROGRAM, "restore", folder, "--models", file, "--subjects", file, **changes))


@pytest.mark.timeout(1200)
def test_one_release_restores_its_own(run: Run, saved: tuple[Path, Path]) -> None:
    """Bit for bit; what is too large is refused alone; what has no gradient is compared by its outputs."""
    found = _restored(run, saved)
    for name in ("model Small", "model Whole", "model Lazy"):
        assert found[name] == Fate(checkpoints=6, bitwise=True)
    argmax = found["subject Argmax"]
    assert (argmax.checkpoints, argmax.bitwise, argmax.problem) == (3, True, "")
    assert argmax.untrained == "no output is a float or a complex number, so there is no gradient"
    for name in ("model Vast", "subject Huge"):
        assert found[name].refused
        assert "4,000,000,000 parameters: give a small configuration, of at most 10,000,000" in found[name].not_saved


@pytest.mark.timeout(1200)
def test_renamed_path_is_answered_by_a_function_that_works(run: Run, saved: tuple[Path, Path]) -> None:
    """The checkpoint was restored through it, and it does the same where it is pasted."""
    found = _restored(run, saved, LAYER="inner")["model Small"]
    assert found.problem == ""
    assert found.bitwise
    assert found.renamed["layer/kernel"] == "inner/kernel"
    pure = {"layer": {"kernel": 1, "bias": 2}, "norm": {"mean": 3}, "0": {"layer": 4}}
    moved = json.loads(run("-c", f"import json\n{found.function}\nprint(json.dumps(migrate({pure!r})))"))
    assert moved == {"inner": {"kernel": 1, "bias": 2}, "norm": {"mean": 3}, "0": {"layer": 4}}


@pytest.mark.timeout(1200)
def test_model_that_raises_on_the_restoring_side_is_a_problem(run: Run, saved: tuple[Path, Path]) -> None:
    """With what it raises."""
    found = _restored(run, saved, RAISES="1")
    assert "RuntimeError: no such layer" in found["model Small"].problem
    assert found["model Whole"].is_restored


@pytest.mark.timeout(1200)
def test_edited_checkpoint_is_red(run: Run, saved: tuple[Path, Path]) -> None:
    """A value, a shape, an array less, statistics; a unit in the last place is rounding, other keys random numbers."""
    text = run("-m", "meta_tests.support.edited_checkpoints", *map(str, saved))
    found = _fates(text)
    assert found["nothing"] == Fate(checkpoints=6, bitwise=True)
    assert found["a unit in the last place"] == Fate(checkpoints=6)
    problems = {
        "a value": "differs by",
        "a shape": "layer/kernel has the shape",
        "an array less": "no saved array fits layer/kernel",
        "the statistics": "output 0 differs by",
        "the keys": "the loss of step 0 differs by",
        "msgpack": "msgpack gives back another value of layer/kernel",
        "orbax": "orbax gives back another value of layer/kernel",
    }
    for name, problem in problems.items():
        assert problem in found[name].problem, name
        assert found[name].is_drawn == (name == "the keys")


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        ("a variable is rounded on its way to Linen", "output 0 differs by"),
        ("changes of a call are lost", "norm/var after 3 steps differs by"),
    ],
)
def test_edited_flax_is_red(edit: str, problem: str, newest: Path, run: Run, saved: tuple[Path, Path]) -> None:
    """What another bridge computes from a checkpoint is compared with what was saved next to it."""
    if NEWEST not in newest.parts:
        pytest.skip(f"the edits are of the source of {NEWEST}, for which this machine has no Python")
    folder, file = map(str, saved)
    found = _fates(run("-c", EDITED, edit, "restore", folder, "--models", file))["model Small"]
    assert problem in found.problem
    assert not found.is_drawn
