"""Arrays as source: small ones as they are, others as a shape with values drawn from the same range."""

import math
from typing import Any

import jax
import numpy as np

from .names import imported

_SMALL = 8
_SMALL_INTEGERS = 64
# To look at more of an array takes a program noticeably long.
_LARGEST_LOOKED_AT = 10_000_000
_KINDS_OF_KEYS = {"urbg": "unsafe_rbg"}


def is_array(value: Any) -> bool:
    """Whether it is an array of JAX or NumPy, with values or without."""
    return isinstance(value, jax.Array | np.ndarray | np.generic | jax.ShapeDtypeStruct)


def form(value: Any) -> str:
    """The shape and the dtype, as `(2, 3) float32`."""
    return f"{tuple(value.shape)} {value.dtype}"


def written(value: Any) -> str:
    """The source of an array."""
    if jax.dtypes.issubdtype(value.dtype, jax.dtypes.prng_key):
        return _keys(value)
    values = _values(value)
    make = imported("numpy" if isinstance(value, np.ndarray | np.generic) else "jax.numpy", "asarray")
    if values is None:
        return _drawn(make, value, _unknown(value.dtype))
    if values.size <= _SMALL and np.isfinite(values).all():
        return _listed(make, value, values)
    pattern = _patterned(values)
    if pattern is not None:
        return f"{make}({pattern}, {_dtype(value.dtype)})"
    if values.size <= _SMALL_INTEGERS and values.dtype.kind in "iub":
        return _listed(make, value, values)
    return _drawn(make, value, _range(values))


def _values(value: Any) -> Any:
    """The values, as NumPy's types for what NumPy can compute with; None where they cannot be seen now."""
    if isinstance(value, jax.core.Tracer | jax.ShapeDtypeStruct) or math.prod(value.shape) > _LARGEST_LOOKED_AT:
        return None
    if isinstance(value, jax.Array) and (value.is_deleted() or not value.is_fully_addressable):
        return None
    found = np.asarray(jax.device_get(value))
    return found if found.dtype.kind in "iubfc" else found.astype(np.float32)


def _listed(make: str, value: Any, values: Any) -> str:
    return f"{make}({values.tolist()!r}, {_dtype(value.dtype)})"


def _dtype(dtype: Any) -> str:
    return repr(str(dtype))


def _patterned(values: Any) -> str | None:
    """Flags and integers as masks and positions are made."""
    shape = tuple(values.shape)
    if values.dtype.kind not in "iub" or not values.size:
        return None
    if (values == values.flat[0]).all():
        return f"{imported('numpy', 'full')}({shape}, {values.flat[0].item()!r})"
    if (values == np.arange(shape[-1])).all():
        return f"{imported('numpy', 'broadcast_to')}({imported('numpy', 'arange')}({shape[-1]}), {shape})"
    if len(shape) > 1 and (values == np.tril(np.ones_like(values))).all():
        return f"{imported('numpy', 'tril')}({imported('numpy', 'ones')}({shape}))"
    return None


def _range(values: Any) -> tuple[Any, Any]:
    """The smallest and the largest number; of floats in three digits."""
    if values.dtype.kind == "b":
        return 0, 1
    finite = np.real(values[np.isfinite(values)])
    if not finite.size:
        return _unknown(values.dtype)
    if values.dtype.kind in "iu":
        return int(finite.min()), int(finite.max())
    low, high = (float(f"{float(end):.3g}") for end in (finite.min(), finite.max()))
    return (low, high) if low < high else _unknown(values.dtype)


def _unknown(dtype: Any) -> tuple[Any, Any]:
    """Integers may be indices, of which 0 is always one; flags may be masks, which let everything through."""
    kind = np.dtype(dtype).kind
    return {"b": (1, 1), "i": (0, 0), "u": (0, 0)}.get(kind, (-1.0, 1.0))


def _drawn(make: str, value: Any, ends: tuple[Any, Any]) -> str:
    drawn = f"{imported('', 'drawn')}({tuple(value.shape)}, {ends[0]!r}, {ends[1]!r})"
    return f"{make}({drawn}, {_dtype(value.dtype)})"


def _keys(value: Any) -> str:
    name = str(value.dtype).removeprefix("key<").removesuffix(">")
    kind = "" if name == "fry" else f", impl={_KINDS_OF_KEYS.get(name, name)!r}"
    key = f"{imported('jax.random', 'key')}(0{kind})"
    return key if value.shape == () else f"{imported('jax.random', 'split')}({key}, {tuple(value.shape)})"
