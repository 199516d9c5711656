"""What is recorded of a model changes where the model does, and the gate says it by the name of the model."""

from pathlib import Path

import pytest

from meta_tests.support.runs import pytest_run
from reports.compare import Comparison, compare
from reports.gate.gate import Side, answered
from reports.load import read
from reports.model import Report
from reports.render.gate_text import as_text

CHAPTER = "properties/test_models.py"
OBSERVATIONS = "first_weights or outputs or paths_of_the_state or forms_of_the_state or traces_and_compilations"
MODEL = """
import os

import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

CHANGED = "CHANGED" in os.environ


class Encoder(nnx.Module):
    def __init__(self, rngs):
        rngs = nnx.Rngs(1) if CHANGED else rngs
        self.name = "embedding" if CHANGED else "embed"
        setattr(self, self.name, bridge.ToNNX(nn.Dense(4, param_dtype=jnp.bfloat16 if CHANGED else None), rngs=rngs))
        self.calls = nnx.Variable(jnp.zeros(()))
        self.history = 0

    def __call__(self, x):
        if CHANGED:
            self.history += 1
        return getattr(self, self.name)(x) * (2.0 if CHANGED else 1.0)


MODELS = {"Encoder": {"model": lambda rngs: Encoder(rngs), "args": (jnp.ones((2, 3)),)}}
"""


def _report(python: Path, folder: Path, **changes: str) -> Report:
    file, report = folder / "my_models.py", folder / f"report{len(changes)}.json"
    file.write_text(MODEL.replace("else None", "else jnp.float32"))
    options = ("-n", "0", "--models", str(file), "-k", OBSERVATIONS, "--report", str(report))
    run = pytest_run(python, CHAPTER, *options, **changes)
    assert run.returncode == 0, run.stdout
    return read(report)


@pytest.fixture(scope="module")
def reports(newest: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Report]:
    """Of a model, again, and after all that is recorded of it changed."""
    folder = tmp_path_factory.mktemp("observations")
    return [_report(newest, folder, **changes) for changes in ({}, {"CHANGED": "1", "AGAIN": "1"})]


def _compared(reports: list[Report]) -> list[Comparison]:
    old, new = reports
    return compare(old, new)


@pytest.mark.timeout(1200)
def test_every_observation_changes_with_the_model(reports: list[Report]) -> None:
    """Each value of each of them."""
    found = {one.id: one for one in _compared(reports)}
    assert {str(one.verdict) for one in found.values()} == {"drifted"}
    changed = {change.name for one in found.values() for change in one.changes}
    recorded = {name for one in reports[0].properties for name in one.observations}
    # A mesh would change the shardings; this model has none.
    assert recorded - changed == {"shardings of `Encoder`"}


@pytest.mark.timeout(1200)
def test_gate_names_the_model(reports: list[Report]) -> None:
    """And says where its params move to."""
    old, new = reports
    text = " ".join(as_text(answered(Side("old", old), Side("new", new), _compared(reports))).split())
    assert "the same seed gives `Encoder` the weights: " in text
    assert 'params of `Encoder` move: "embed/bias embed/kernel" → "embedding/bias embedding/kernel"' in text
    assert "traces of `Encoder` in three calls: 1 → 3" in text
    assert "compilations of `Encoder` in three calls: 1 → 3" in text
