"""The lines that a finding gives for older checkpoints restore one, by Orbax, on the newest release."""

import subprocess
from pathlib import Path

from meta_tests.support.runs import environment
from properties.findings import all_findings

_LAYERS = """
import sys
import jax.numpy as jnp
import orbax.checkpoint as ocp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Model(nnx.Module):
    def __init__(self, rngs):
        self.first = bridge.ToNNX(nn.Dense(4), rngs=rngs)
        self.second = bridge.ToNNX(nn.Dense(3), rngs=rngs)

    def __call__(self, x):
        return self.second(self.first(x))


def made(seed):
    model = Model(nnx.Rngs(seed))
    bridge.lazy_init(model, x)
    return model


x, path, checkpointer = jnp.ones((2, 3)), sys.argv[1], ocp.StandardCheckpointer()
"""
# What Flax up to 0.11.2 saves of this model: the keys and counts of the shared `nnx.Rngs` once.
_SAVE = """
model = made(0)
older = nnx.state(model)
older["first"]["rngs"] = older["first"].pop("to_nnx__rngs")
older["second"].pop("to_nnx__rngs")
checkpointer.save(path, older)
checkpointer.wait_until_finished()
expected, model = model(x), made(1)
assert not jnp.array_equal(model(x), expected)
"""
_COMPARE = """
assert jnp.array_equal(model(x), expected)
assert nnx.state(model, nnx.RngKey)["first"] == nnx.state(made(0), nnx.RngKey)["first"]
"""


def _run(python: Path, lines: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = "\n".join([_LAYERS, _SAVE, lines, _COMPARE])
    command = [str(python), "-c", program, str(folder / "saved")]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)


def test_older_state_is_restored_as_the_diff_says(newest: Path, tmp_path: Path) -> None:
    """Also where layers share an `nnx.Rngs`; without the added lines Orbax raises."""
    (finding,) = (one for one in all_findings() if one.name == "paths_of_the_state")
    lines = finding.diff.strip("\n").splitlines()
    after = "\n".join(line[2:] for line in lines if line[0] in "+ ")
    before = "\n".join(line[2:] for line in lines if line[0] in "- ")
    done = _run(newest, after, tmp_path)
    assert done.returncode == 0, done.stderr
    (tmp_path / "again").mkdir()
    raised = _run(newest, before, tmp_path / "again")
    assert "ValueError" in raised.stderr
