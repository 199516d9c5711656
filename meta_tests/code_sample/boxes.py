"""Parameters in boxes of our own, with notes in their metadata."""

from typing import Any

import flax
import jax
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.core import meta
from flax.nnx import bridge


@flax.struct.dataclass
class Annotated(meta.AxisMetadata):
    value: Any
    sharding: str = flax.struct.field(default="", pytree_node=False)  # expect: axis_metadata_field_named_sharding

    def unbox(self):
        return self.value

    def replace_boxed(self, value):
        return self.replace(value=value)

    def add_axis(self, index, params):
        return self

    def remove_axis(self, index, params):
        return self


@flax.struct.dataclass
class Placement:
    """A plain record, no box."""

    sharding: str
    value: Any


class Scale(nn.Module):
    @nn.compact
    def __call__(self, x):
        scale = self.param("scale", lambda key: Annotated(jnp.ones(3), "rows"))
        steps = self.variable("counters", "steps", lambda: jnp.zeros((), int))
        if self.is_mutable_collection("counters"):
            steps.value = steps.value + 1
        return x * scale


def build():
    layer = bridge.ToNNX(Scale(), rngs=nnx.Rngs(0))
    layer.lazy_init(jnp.ones((1, 3)))  # expect: first_weights_of_a_seed
    return layer


def report(layer):
    lines = []
    for path, variable in nnx.to_flat_state(nnx.state(layer)):
        metadata = variable.get_metadata()
        lines.append(f"{path}: {sorted(metadata.items())}")  # expect: metadata_of_variables
    return lines


def same_notes(first, second):
    return first.get_metadata() == second.get_metadata()  # expect: metadata_of_variables


def owner(variable):
    return variable.get_metadata()["owner"]


def count(layer, x):
    y, updates = layer(x, mutable=["counters"]), None
    return jax.block_until_ready(y), updates
