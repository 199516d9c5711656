"""Writes down what each variable of a bridged model says of itself."""

import json

import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


def model() -> bridge.ToNNX:
    dense = nn.Dense(4, kernel_init=nn.with_partitioning(nn.initializers.ones, (None, None)))
    layer = bridge.ToNNX(dense, rngs=nnx.Rngs(0))
    with nnx.use_eager_sharding(False):
        layer.lazy_init(jnp.ones((1, 3)))  # expect: first_weights_of_a_seed
    return layer


def as_json(layer):
    found = {}
    for path, variable in nnx.iter_graph(layer):
        if isinstance(variable, nnx.Variable):
            found["/".join(map(str, path))] = variable.get_metadata()  # expect: metadata_of_variables
    return json.dumps(found, default=str)


def check(layer):
    assert layer.kernel.get_metadata() == {"out_sharding": (None, None)}  # expect: metadata_of_variables


def keys(variable: nnx.Variable):
    return sorted(variable.get_metadata())  # expect: metadata_of_variables


def names(variable):
    return variable.get_metadata().get("out_sharding")
