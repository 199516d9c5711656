"""What makes the values of an example of the suite's own properties, by the name that the example calls."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from properties.programs.program import Program
from properties.support.strategies import Call


class _List(list[Any]):
    """A list that is one, in a Call whose other lists are arrays."""


def _call(seed: Any, x: Any, features: Any) -> Call:
    if isinstance(x, list):
        x = list(x) if isinstance(x, _List) else jnp.asarray(x, jnp.float32)
    return Call(seed, x, features)


_DTYPES = ("bool", "int32", "uint32", "float16", "bfloat16", "float32", "float64")
_PLATFORMS = ("Cpu", "Cuda", "Rocm", "Tpu")


def _array(of: Any, dtype: str) -> Callable[..., Any]:
    return lambda values: of.asarray(values, dtype)


def _device(platform: str) -> Callable[..., Any]:
    return lambda id: jax.devices(platform)[id]


MAKERS: dict[str, Callable[..., Any]] = {
    "Call": _call,
    # Hypothesis prints the source from a new line on.
    "Program": lambda source: Program(source.removeprefix("\n")),
    "list": _List,
    "Array": lambda values, dtype: jnp.asarray(values, dtype),
    **{name: getattr(jnp, name) for name in _DTYPES if name != "bool"},
    **{f"jnp.{name}": _array(jnp, name) for name in _DTYPES},
    **{f"np.{name}": _array(np, name) for name in _DTYPES if name != "bfloat16"},
    # Findings are written by hand.
    "jnp.array": jnp.array,
    "jax.numpy.zeros": jnp.zeros,
    "int": int,
    **{f"{name}Device": _device(name.lower()) for name in _PLATFORMS},
}
