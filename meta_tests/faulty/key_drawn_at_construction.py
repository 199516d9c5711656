"""The key of the parameters is drawn once, by the constructor."""

from typing import Any

from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

from meta_tests.support.building import entry_of

REJECTED_BY = "reinit.initialising_again_draws_new_parameters"


class MyNNXWithLinen(nnx.Module):
    def __init__(self, features: int, rngs: nnx.Rngs) -> None:
        key = rngs.params()

        def kernel_init(_: Any, *arguments: Any) -> Any:
            return nn.initializers.lecun_normal()(key, *arguments)

        self.linen_dense = bridge.ToNNX(nn.Dense(features, kernel_init=kernel_init), rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.linen_dense(x)


linen_inside_nnx = entry_of(MyNNXWithLinen)
