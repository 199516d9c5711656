"""The devices that the properties use: several of one kind, real where there are several, else simulated."""

import math
from functools import cache

import jax
import numpy as np
from hypothesis import event
from hypothesis import strategies as st
from jax.sharding import Mesh, NamedSharding, PartitionSpec


@cache
def devices() -> list[jax.Device]:
    """The default platform's devices, or the simulated ones of the host where that has only one."""
    found = jax.devices()
    return found if len(found) > 1 else jax.devices("cpu")


@cache
def is_accelerated() -> bool:
    """Whether JAX computes on something else than the CPU unless told otherwise."""
    return jax.default_backend() != "cpu"


@cache
def sharding(length: int, sharded: bool) -> NamedSharding:
    """A sharding of vectors of this length over as many devices as divide it, or their replication on all."""
    count = math.gcd(length, len(devices())) if sharded else len(devices())
    mesh = Mesh(np.array(devices()[:count]), ("d",))
    return NamedSharding(mesh, PartitionSpec("d" if sharded else None))


@st.composite
def any_device(draw: st.DrawFn) -> jax.Device:
    """Each of the devices; shrinks towards the first."""
    device = draw(st.sampled_from(devices()))
    event(f"device: {device.id}")
    return device
