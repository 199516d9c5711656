"""Under a trace the kernel is lecun uniform instead of normal."""

from typing import Any

import jax
from flax import linen as nn

from meta_tests.support.building import entry_of, model_around

REJECTED_BY = "jit.nnx_jit_of_construction"


def _kernel_init(key: Any, *arguments: Any) -> Any:
    traced = isinstance(key, jax.core.Tracer)
    init = nn.initializers.lecun_uniform() if traced else nn.initializers.lecun_normal()
    return init(key, *arguments)


MyNNXWithLinen = model_around(lambda features: nn.Dense(features, kernel_init=_kernel_init))
linen_inside_nnx = entry_of(MyNNXWithLinen)
