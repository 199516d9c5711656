"""The seed is the hash of a string, which PYTHONHASHSEED changes."""

from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "determinism.a_fresh_process_gives_the_same_bits"


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(hash(f"seed {int(seed)}") % 2**32, x, features)
