"""The layer is another attribute, and the model holds a plain value next to it."""

from typing import Any

from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

from meta_tests.support.building import entry_of


class MyNNXWithLinen(nnx.Module):
    def __init__(self, features: int, rngs: nnx.Rngs) -> None:
        self.features = features
        self.projection = bridge.ToNNX(nn.Dense(features=features), rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.projection(x)


linen_inside_nnx = entry_of(MyNNXWithLinen)
