"""A call made while another thread is inside gives zeros."""

import threading
from typing import Any

import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "determinism.threads_give_the_same_bits"

MyNNXWithLinen = reference.MyNNXWithLinen
_inside = threading.Lock()


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    if not _inside.acquire(blocking=False):
        return jnp.zeros(int(features))
    try:
        return reference.linen_inside_nnx(seed, x, features)
    finally:
        _inside.release()
