"""What a model multiplies its output by is kept outside it, and lost by a merge."""

from typing import Any
from weakref import WeakKeyDictionary

from flax import nnx

from impl import linen_inside_nnx as reference
from meta_tests.support.building import entry_of

REJECTED_BY = "lazy_init.split_and_merge_round_trip"

_scales: WeakKeyDictionary[Any, float] = WeakKeyDictionary()


class MyNNXWithLinen(reference.MyNNXWithLinen):
    def __init__(self, features: int, rngs: nnx.Rngs) -> None:
        super().__init__(features, rngs)
        _scales[self] = 1.0

    def __call__(self, x: Any) -> Any:
        return super().__call__(x) * _scales.get(self, 0.0)


linen_inside_nnx = entry_of(MyNNXWithLinen)
