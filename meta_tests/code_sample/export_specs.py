"""Exports how the variables of several Linen models are split; some of the models hold NNX modules."""

import json
import pathlib

import flax
import flax.linen
import jax
import jax.numpy as jnp
from flax.nnx import Linear, Module, Rngs, bridge
from flax.nnx.bridge import to_linen


class Projection(Module):
    def __init__(self, size, rngs: Rngs):
        self.linear = Linear(size, size, rngs=rngs)

    def __call__(self, x):
        return self.linear(x)


class Store:
    """Files of one model; its ``get_metadata`` is of the files."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder

    def get_metadata(self):
        return {one.name: one.stat().st_size for one in self.folder.iterdir()}


MODELS = {"plain": flax.linen.Dense(4), "projection": to_linen(Projection, 4)}


def specs_of(name):
    variables = MODELS[name].init(jax.random.key(0), jnp.ones((1, 4)))
    return flax.linen.get_partition_spec(variables)  # expect: partition_specs_of_to_linen_need_a_mesh


def specs_of_projection():
    projection = to_linen(Projection, 4)
    variables = projection.init(jax.random.key(0), jnp.ones((1, 4)))
    read = flax.linen.get_partition_spec
    return read(variables)  # expect: partition_specs_of_to_linen_need_a_mesh


def notes(layer: bridge.ToNNX):
    copied = dict(layer.kernel.get_metadata())  # expect: metadata_of_variables
    for key in layer.bias.get_metadata():  # expect: metadata_of_variables
        copied.setdefault(key, None)
    return copied


def files(store: Store):
    return json.dumps(store.get_metadata())


def warm_start(projection, variables, old):
    """``old`` has an ``adapter`` below ``linear``, which the module has not."""
    variables["params"]["linear"].update(old["linear"])
    return projection.apply(variables, jnp.ones((1, 4)))  # expect: to_linen_raises_for_unknown_submodules


if __name__ == "__main__":
    print({name: str(specs_of(name)) for name in MODELS})
