"""Off the first device the output is one unit in the last place too large."""

from typing import Any

import jax

from impl import linen_inside_nnx as reference

REJECTED_BY = "reinit.every_device_gives_the_same_bits"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    output = reference.linen_inside_nnx(seed, x, features)
    return output if jax.devices()[0] in output.devices() else output * (1 + 2**-23)
