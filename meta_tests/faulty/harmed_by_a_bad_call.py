"""After a call that failed, the seed is off by one."""

from typing import Any

from impl import linen_inside_nnx as reference

REJECTED_BY = "bad_arguments.negative_features_raise"

MyNNXWithLinen = reference.MyNNXWithLinen
_failures: list[str] = []


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    try:
        return reference.linen_inside_nnx(int(seed) + len(_failures), x, features)
    except Exception as failure:
        _failures.append(str(failure))
        raise
