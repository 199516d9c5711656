"""Restores only the parameters of a bridged model: no random state moves."""

import orbax.checkpoint as ocp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


def restore(layer: bridge.ToNNX, folder):
    params = nnx.state(layer, nnx.Param)
    with ocp.PyTreeCheckpointer() as checkpointer:
        restored = checkpointer.restore(folder, item=params)
    nnx.update(layer, restored)
    return layer


def streams(layer: bridge.ToNNX | None):
    return None if layer is None else layer.rngs  # expect: attributes_module_and_rngs_renamed


def fresh():
    return bridge.ToNNX(nn.Dense(2), rngs=nnx.Rngs(0))
