"""Saves and restores a model with Orbax."""

import pathlib

import jax
import jax.numpy as jnp
import orbax.checkpoint as ocp
from flax import linen, nnx
from flax.nnx import bridge


class Model(nnx.Module):
    def __init__(self, rngs):
        self.trunk = bridge.ToNNX(linen.Dense(16), rngs=rngs)  # expect: keys_drawn_from_the_callers_rngs
        self.head = nnx.Linear(16, 2, rngs=rngs)

    def __call__(self, x):
        return self.head(nnx.relu(self.trunk(x)))


def new_model(seed=0):
    model = Model(nnx.Rngs(seed))
    bridge.lazy_init(model, jnp.ones((1, 8)))  # expect: first_weights_of_a_seed
    return model


def save(model, folder: pathlib.Path):
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(folder / "state", nnx.state(model))


def restore(folder: pathlib.Path):
    model = nnx.eval_shape(new_model)
    graphdef, abstract = nnx.split(model)
    checkpointer = ocp.StandardCheckpointer()
    state = checkpointer.restore(folder / "state", abstract)  # expect: paths_of_the_state
    return nnx.merge(graphdef, state)


def restore_latest(manager: ocp.CheckpointManager, model):
    state = nnx.state(model)
    restored = manager.restore(manager.latest_step(), args=ocp.args.StandardRestore(state))  # expect: paths_of_the_state
    nnx.update(model, restored)


def restore_optimizer(folder, optimizer_state):
    """No part of this is a model."""
    return jax.tree.map(jnp.asarray, optimizer_state)
