"""Parameters in one file: ``python -m ranker.checkpoint FILE`` writes those of a new model."""

import sys
from pathlib import Path

import jax.numpy as jnp
from flax import nnx, serialization

from ranker.model import made

X = jnp.linspace(-1.0, 1.0, 12).reshape(4, 3)


def save(model, path):
    """Write the parameters."""
    params = nnx.to_pure_dict(nnx.state(model, nnx.Param))
    Path(path).write_bytes(serialization.msgpack_serialize(params))


def restored(path):
    """A model with the parameters of a file."""
    model = made(X, seed=1)
    state = nnx.state(model, nnx.Param)
    nnx.replace_by_pure_dict(state, serialization.msgpack_restore(Path(path).read_bytes()))
    nnx.update(model, state)
    return model


if __name__ == "__main__":
    save(made(X), sys.argv[1])
