"""The seed is rounded down, which differs for negative ones only."""

import math
from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.seed_and_features_are_truncated"


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(math.floor(seed), x, features)
