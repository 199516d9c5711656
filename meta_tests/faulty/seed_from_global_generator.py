"""NumPy's global generator, though not moved, is mixed into the seed."""

from typing import Any

import numpy as np

from impl import linen_inside_nnx as reference

REJECTED_BY = "determinism.global_generators_do_not_matter"


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    state: Any = np.random.get_state(legacy=False)
    return reference.linen_inside_nnx(int(seed) + int(state["state"]["key"][0]), x, features)
