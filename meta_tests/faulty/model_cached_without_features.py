"""The first model of a seed and length serves all feature counts."""

from typing import Any

from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference

REJECTED_BY = "affine.parameters_have_the_shapes_of_the_call"

_models: dict[tuple[int, int], Any] = {}


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    key = (int(seed), len(x))
    if key not in _models:
        _models[key] = reference.MyNNXWithLinen(int(features), nnx.Rngs(int(seed)))
        bridge.lazy_init(_models[key], x)
    return _models[key](x)
