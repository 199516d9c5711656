"""A fractional number of features is rounded up."""

import math
from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.seed_and_features_are_truncated"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(seed, x, math.ceil(features))
