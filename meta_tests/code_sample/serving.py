"""Serves NNX modules from a Linen code base."""

import pickle

import jax
import jax.numpy as jnp
from flax import nnx, serialization
from flax.nnx import bridge
from flax.nnx.bridge import ToLinen, wrappers


class Tower(nnx.Module):
    def __init__(self, width, *, rngs):
        self.norm = nnx.BatchNorm(width, rngs=rngs)
        self.linear = nnx.Linear(width, width, rngs=rngs)

    def __call__(self, x, training=False):
        return self.linear(self.norm(x, use_running_average=not training))

    def embed(self, x):
        return self.linear(x)


MODEL = ToLinen(Tower, args=(16,), abstract_init=False)  # expect: abstract_init_of_to_linen


def lazily(width):
    return bridge.to_linen(Tower, width, abstract_init=True)  # expect: abstract_init_of_to_linen, skip_rng_and_abstract_init


def load(blob: bytes):
    template = MODEL.init(jax.random.key(0), jnp.ones((1, 16)))
    return serialization.from_bytes(template, blob)


def predict(blob, x):
    variables = load(blob)
    return MODEL.apply(variables, x)  # expect: to_linen_writes_into_numpy_variables


def embed(variables, x):
    return MODEL.apply(variables, x, method=Tower.embed)  # expect: method_argument_of_to_linen


def ship(path):
    with open(path, "wb") as file:
        pickle.dump(MODEL, file)  # expect: to_linen_cannot_be_copied


Linear = wrappers.to_linen_class(nnx.Linear)  # expect: to_linen_class_refuses_arguments


class Registry(nnx.Module):
    """Tables that are stored as they are."""

    def __init__(self):
        self.tables = nnx.Variable({"a": jnp.ones(3)})  # expect: to_linen_turns_dicts_into_states

    def __call__(self, x):
        return x + self.tables.value["a"]


registry = bridge.to_linen(Registry)
