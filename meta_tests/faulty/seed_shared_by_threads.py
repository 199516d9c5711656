"""The seed passes through a global variable, which another thread may overwrite before it is read."""

import time
from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "determinism.threads_give_the_same_bits"

MyNNXWithLinen = reference.MyNNXWithLinen
_seed = [0.0]


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    _seed[0] = seed
    time.sleep(0.001)
    return reference.linen_inside_nnx(_seed[0], x, features)
