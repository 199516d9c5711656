"""Of more than 64 features the last one is zero."""

from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.output_is_x_kernel_plus_bias"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    output = reference.linen_inside_nnx(seed, x, features)
    return output.at[-1].set(0) if features > 64 else output
