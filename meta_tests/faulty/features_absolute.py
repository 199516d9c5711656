"""The sign of the feature count is lost."""

from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "bad_arguments.negative_features_raise"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(seed, x, abs(features))
