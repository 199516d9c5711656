"""The layer is two modules below the model."""

from typing import Any

from flax import nnx

from impl import linen_inside_nnx as reference
from meta_tests.support.building import entry_of


class Inner(nnx.Module):
    def __init__(self, features: int, rngs: nnx.Rngs) -> None:
        self.model = reference.MyNNXWithLinen(features, rngs)

    def __call__(self, x: Any) -> Any:
        return self.model(x)


class MyNNXWithLinen(nnx.Module):
    def __init__(self, features: int, rngs: nnx.Rngs) -> None:
        self.inner = Inner(features, rngs)

    def __call__(self, x: Any) -> Any:
        return self.inner(x)


linen_inside_nnx = entry_of(MyNNXWithLinen)
