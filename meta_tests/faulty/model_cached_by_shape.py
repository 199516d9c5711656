"""The first model of a shape serves all seeds."""

from typing import Any

from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference

REJECTED_BY = "determinism.other_seeds_give_other_parameters"

_models: dict[tuple[int, int], Any] = {}


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    shape = (len(x), int(features))
    if shape not in _models:
        _models[shape] = reference.MyNNXWithLinen(int(features), nnx.Rngs(int(seed)))
        bridge.lazy_init(_models[shape], x)
    return _models[shape](x)
