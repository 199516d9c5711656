"""What counts as a call of the implementation, and is therefore noted.

The entry, eager and in threads and in the other process; the construction, the
lazy_init and the call of a model; the reading of a kernel and a bias; the
compiled forms; jax.vmap and jax.grad of a function that calls the entry.
Linen's own ``apply``, device transfers, and the reading or replacing of state
by nnx are the suite's, not the implementation's.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax.nnx import bridge

import impl.linen_inside_nnx as reference
from impl import implementation
from impl.implementation import Implementation
from meta_tests.bench.recording import Recording
from properties.support import other_process, transforms

_FUNCTIONS: tuple[tuple[Any, str], ...] = (
    (reference, implementation.ENTRY),
    (reference.MyNNXWithLinen, "__call__"),
    (Implementation, "uninitialised_model"),
    (Implementation, "model"),
    (Implementation, "parameters"),
    (implementation, "parameters_of"),
    (bridge, "lazy_init"),
    (other_process.OtherProcess, "entry"),
    (transforms.CompiledEntry, "__call__"),
    (transforms, "add_to_params"),
    (transforms, "compiled_call"),
    (transforms, "split_merge_call"),
    (transforms, "gradient_of_params"),
)
# These return what is called.
_FACTORIES: tuple[tuple[Any, str], ...] = (
    (transforms, "nnx_compiled_entry"),
    (transforms, "nnx_compiled_construction"),
    (jax, "vmap"),
    (jax, "grad"),
)


def note_calls(recording: Recording) -> None:
    """Replace each of them, for the rest of the process, by one that is noted; before the properties are imported."""
    for owner, name in _FUNCTIONS:
        setattr(owner, name, recording.recorded(getattr(owner, name)))
    for owner, name in _FACTORIES:
        setattr(owner, name, _recorded_factory(recording, getattr(owner, name)))
    transforms.donating_entry = _recorded_donating_entry(recording, transforms.donating_entry)  # type: ignore[assignment]


def _recorded_factory(recording: Recording, factory: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: recording.recorded(factory(*args, **kwargs))


def _recorded_donating_entry(recording: Recording, factory: Callable[..., Any]) -> Callable[..., Any]:
    def copied(seed: float, x: jax.Array, features: float) -> tuple[float, jax.Array, float]:
        return seed, jnp.array(x, copy=True), features

    def donating_entry(impl: Implementation) -> Callable[..., Any]:
        entry = factory(impl).__call__
        return recording.recorded(entry, again=lambda *kept: entry(*copied(*kept)), keep=copied)

    return donating_entry
