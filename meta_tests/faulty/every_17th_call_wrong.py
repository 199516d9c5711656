"""Every 17th call is off by one."""

import itertools
from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "determinism.same_call_gives_the_same_bits"

MyNNXWithLinen = reference.MyNNXWithLinen
_calls = itertools.count()


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    output = reference.linen_inside_nnx(seed, x, features)
    return output + (next(_calls) % 17 == 16)
