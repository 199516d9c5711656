"""What faulty implementations have in common with the reference, so that each file holds its fault and little else."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


def model_around(make_layer: Callable[[int], nn.Module]) -> type[nnx.Module]:
    """The reference's model, with the Linen layer that ``make_layer(features)`` gives in place of ``nn.Dense``."""

    class MyNNXWithLinen(nnx.Module):
        def __init__(self, features: int, rngs: nnx.Rngs) -> None:
            self.linen_dense = bridge.ToNNX(make_layer(features), rngs=rngs)

        def __call__(self, x: Any) -> Any:
            return self.linen_dense(x)

    return MyNNXWithLinen


def entry_of(model_class: Callable[..., Any]) -> Callable[[float, Any, float], Any]:
    """The reference's entry, for this model."""

    def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
        model = model_class(int(features), rngs=nnx.Rngs(int(seed)))
        bridge.lazy_init(model, x)
        return model(x)

    return linen_inside_nnx


def dense_parameters(layer: nn.Module, x: Any, features: int) -> tuple[jax.Array, jax.Array]:
    """The kernel and the bias that ``nn.Dense`` would make, for a compact Linen module."""
    kernel = layer.param("kernel", nn.initializers.lecun_normal(), (jnp.shape(x)[-1], features), jnp.float32)
    bias = layer.param("bias", nn.initializers.zeros_init(), (features,), jnp.float32)
    return kernel, bias
