"""The layer is in a dictionary of layers, two attributes below the model."""

from typing import Any

from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

from meta_tests.support.building import entry_of


class Layers(nnx.Module):
    def __init__(self, **layers: Any) -> None:
        for name, layer in layers.items():
            setattr(self, name, layer)


class MyNNXWithLinen(nnx.Module):
    def __init__(self, features: int, rngs: nnx.Rngs) -> None:
        self.body = Layers(head=Layers(projection=bridge.ToNNX(nn.Dense(features), rngs=rngs)))

    def __call__(self, x: Any) -> Any:
        return self.body.head.projection(x)


linen_inside_nnx = entry_of(MyNNXWithLinen)
