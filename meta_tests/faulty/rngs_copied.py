"""Each model draws from its own copy of the caller's Rngs."""

from flax import nnx

from impl import linen_inside_nnx as reference
from meta_tests.support.building import entry_of

REJECTED_BY = "lazy_init.children_of_one_rngs_differ"


class MyNNXWithLinen(reference.MyNNXWithLinen):
    def __init__(self, features: int, rngs: nnx.Rngs) -> None:
        super().__init__(features, nnx.clone(rngs))


linen_inside_nnx = entry_of(MyNNXWithLinen)
