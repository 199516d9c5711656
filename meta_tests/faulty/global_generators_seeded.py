"""The call seeds NumPy's global generator."""

from typing import Any

import numpy as np

from impl import linen_inside_nnx as reference

REJECTED_BY = "determinism.global_generators_are_unchanged"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    np.random.seed(int(seed) % 2**32)
    return reference.linen_inside_nnx(seed, x, features)
