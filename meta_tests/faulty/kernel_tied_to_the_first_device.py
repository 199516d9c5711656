"""The kernel is committed to the first device."""

from typing import Any

import jax
from flax import linen as nn

from meta_tests.support.building import entry_of, model_around

REJECTED_BY = "reinit.initialising_again_on_another_device"


def _kernel_init(*arguments: Any) -> jax.Array:
    return jax.device_put(nn.initializers.lecun_normal()(*arguments), jax.devices()[0])


MyNNXWithLinen = model_around(lambda features: nn.Dense(features, kernel_init=_kernel_init))
linen_inside_nnx = entry_of(MyNNXWithLinen)
