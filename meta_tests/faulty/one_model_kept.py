"""The last model is kept for the next call of the same shape, whatever its seed."""

from typing import Any

from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference

REJECTED_BY = "determinism.order_of_calls_does_not_matter"

_kept: dict[tuple[int, int], Any] = {}


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    shape = (len(x), int(features))
    if shape not in _kept:
        _kept.clear()
        _kept[shape] = reference.MyNNXWithLinen(int(features), nnx.Rngs(int(seed)))
        bridge.lazy_init(_kept[shape], x)
    return _kept[shape](x)
