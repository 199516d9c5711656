"""The seed loses all but its lowest 16 bits, and no model tells."""

from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "determinism.other_seeds_give_other_parameters"


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(int(seed) % 2**16, x, features)
