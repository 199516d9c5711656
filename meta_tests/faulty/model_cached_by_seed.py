"""The first model of a seed serves all shapes."""

from typing import Any

from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference

REJECTED_BY = "determinism.length_of_x_shapes_the_kernel"

_models: dict[int, Any] = {}


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    if int(seed) not in _models:
        _models[int(seed)] = reference.MyNNXWithLinen(int(features), nnx.Rngs(int(seed)))
        bridge.lazy_init(_models[int(seed)], x)
    return _models[int(seed)](x)
