"""The model is a subclass of an abstract one, takes options that have defaults, and holds plain values."""

from typing import Any

from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

from meta_tests.support.building import entry_of


class Model(nnx.Module):
    def __init__(self, layer: nn.Module, rngs: nnx.Rngs, name: str = "model") -> None:
        self.name = name
        self.training = False
        self.layer = bridge.ToNNX(layer, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.layer(x)


class MyNNXWithLinen(Model):
    def __init__(self, features: int, *, rngs: nnx.Rngs, use_bias: bool = True) -> None:
        super().__init__(nn.Dense(features, use_bias=use_bias), rngs, name=f"dense of {features}")


linen_inside_nnx = entry_of(MyNNXWithLinen)
