"""A feature count that is no number counts as one."""

import math
from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "bad_arguments.non_finite_features_raise"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    is_number = not isinstance(features, float) or math.isfinite(features)
    return reference.linen_inside_nnx(seed, x, features if is_number else 1)
