"""The shards of x are added up, so that replicas count several times."""

from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "reinit.replicated_input_gives_the_same_values"

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    shards = getattr(x, "addressable_shards", [])
    copies = sum(len(shard.data) for shard in shards) / len(x) if shards else 1
    return reference.linen_inside_nnx(seed, x, features) * copies
