"""One model a shape is initialized again for every new seed, and not again for a seed seen before."""

from typing import Any

from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference

REJECTED_BY = "determinism.other_seeds_in_between_do_not_matter"

_models: dict[tuple[int, int], Any] = {}
_seen: set[tuple[int, int, int]] = set()


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    shape = (len(x), int(features))
    if (int(seed), *shape) not in _seen:
        _seen.add((int(seed), *shape))
        _models[shape] = reference.MyNNXWithLinen(int(features), nnx.Rngs(int(seed)))
        bridge.lazy_init(_models[shape], x)
    return _models[shape](x)
