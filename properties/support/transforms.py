"""Compiled forms of the entry and of a model's call, each created once: a new function would be compiled again."""

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from impl import flax_api
from impl.implementation import Implementation, Parameters


class CompiledEntry:
    """``jax.jit`` of the entry with seed and features static; counts its traces by (seed, length, features)."""

    def __init__(self, impl: Implementation, **options: Any) -> None:
        self.traces: Counter[tuple[float, int, float]] = Counter()

        def entry(seed: float, x: jax.Array, features: float) -> jax.Array:
            self.traces[seed, len(x), features] += 1
            return impl.entry(seed, x, features)

        self._compiled = jax.jit(entry, static_argnums=(0, 2), **options)

    def __call__(self, seed: float, x: jax.Array, features: float) -> jax.Array:
        return self._compiled(seed, x, features)


@cache
def compiled_entry(impl: Implementation) -> CompiledEntry:
    return CompiledEntry(impl)


@cache
def donating_entry(impl: Implementation) -> CompiledEntry:
    """As compiled_entry, but the buffer of x may be reused for the output."""
    return CompiledEntry(impl, donate_argnums=(1,))


@cache
def nnx_compiled_entry(impl: Implementation) -> Callable[..., jax.Array]:
    return nnx.jit(lambda seed, x, features: impl.entry(seed, x, features), static_argnums=(0, 2))


@cache
def nnx_compiled_construction(impl: Implementation) -> Callable[..., Any]:
    """``(seed, x, features)`` to an initialised model, built inside ``nnx.jit``."""
    return nnx.jit(lambda seed, x, features: impl.model(seed, x, features), static_argnums=(0, 2))


def forget() -> None:
    """Create the compiled forms anew when they are asked for next."""
    for form in (compiled_entry, donating_entry, nnx_compiled_entry, nnx_compiled_construction):
        form.cache_clear()


@nnx.jit
def add_to_params(model: Any, step: jax.Array) -> None:
    """Add ``step`` to every parameter of ``model``, which is changed outside the compiled function too."""
    flax_api.map_params(lambda value: value + step, model)


@cache
def eager_parameters(impl: Implementation, seed: float, length: int, features: float) -> Parameters:
    """The parameters of a program of the bounded pool, shared by all examples of its properties."""
    return impl.parameters(seed, jnp.zeros(length, jnp.float32), features)


@nnx.jit
def compiled_call(model: Any, x: jax.Array) -> jax.Array:
    return model(x)


@jax.jit
def _merged_call(x: jax.Array, graph: Any, *states: Any) -> jax.Array:
    return nnx.merge(graph, *states)(x)


def split_merge_call(model: Any, x: jax.Array) -> jax.Array:
    """``model(x)`` by ``jax.jit`` over the pure form that ``nnx.split`` gives."""
    return _merged_call(x, *nnx.split(model))


def gradient_of_params(model: Any, x: jax.Array) -> Any:
    """A model whose parameters are the gradient of the sum of ``model(x)`` with respect to those of ``model``."""
    graph, params, rest = nnx.split(model, nnx.Param, ...)
    gradient = jax.grad(lambda given: _merged_call(x, graph, given, rest).sum())(params)
    return nnx.merge(graph, gradient, rest)
