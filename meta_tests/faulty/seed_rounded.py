"""The seed is rounded to the nearest whole number."""

from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.seed_and_features_are_truncated"


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(round(seed), x, features)
