"""The gradient to x is clipped to a half."""

from typing import Any

import jax
import jax.numpy as jnp

from impl import linen_inside_nnx as reference

REJECTED_BY = "jit.gradient_with_respect_to_x"

MyNNXWithLinen = reference.MyNNXWithLinen


@jax.custom_vjp
def _clipped(x: jax.Array) -> jax.Array:
    return x


def _forward(x: jax.Array) -> tuple[jax.Array, None]:
    return x, None


def _backward(_: None, gradient: jax.Array) -> tuple[jax.Array]:
    return (gradient.clip(-0.5, 0.5),)


_clipped.defvjp(_forward, _backward)


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    return reference.linen_inside_nnx(seed, _clipped(jnp.asarray(x)), features)
