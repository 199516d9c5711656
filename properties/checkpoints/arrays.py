"""Arrays by path, with what each is of, in one small file: the form in which a pure dict is kept."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import msgspec
import numpy as np
from flax import traverse_util

from properties.support.subject_values import as_arrays

Arrays = dict[str, np.ndarray]


class SavedArray(msgspec.Struct, frozen=True):
    """An array, with its path and the name of the type of its variable."""

    path: tuple[str, ...]
    kind: str
    dtype: str
    shape: tuple[int, ...]
    data: bytes

    @classmethod
    def of(cls, path: tuple[str, ...], kind: str, array: Any) -> "SavedArray":
        """Any array; a key as the integers that it holds."""
        plain = as_arrays(array)
        return cls(path, kind, plain.dtype.name, plain.shape, plain.tobytes())

    @property
    def array(self) -> np.ndarray:
        """The array, of this shape and dtype, which can be written into."""
        return np.frombuffer(self.data, jnp.dtype(self.dtype)).reshape(self.shape).copy()

    @property
    def is_of_rngs(self) -> bool:
        """Whether it is a key or a count of a stream of an ``nnx.Rngs``."""
        return self.kind in ("RngKey", "RngCount")


# By the path as it is said, ``a/kernel``.
Saved = dict[str, SavedArray]


def saved(typed: Mapping[tuple[str, ...], tuple[str, Any]]) -> Saved:
    """A state of ``flax_api.typed_state`` as it is saved."""
    return {"/".join(path): SavedArray.of(path, kind, array) for path, (kind, array) in typed.items()}


def write(path: Path, content: Saved) -> None:
    """Write such a file."""
    path.write_bytes(msgspec.msgpack.encode(content))


def read(path: Path) -> Saved:
    """Read such a file; msgspec.DecodeError where it is damaged."""
    return msgspec.msgpack.decode(path.read_bytes(), type=Saved)


def nested(content: Saved) -> dict[str, Any]:
    """The pure dict: dictionaries of arrays."""
    return dict(traverse_util.unflatten_dict({one.path: one.array for one in content.values()}))


def flat(pure: Mapping[Any, Any]) -> Arrays:
    """The arrays of a pure dict by path."""
    found = traverse_util.flatten_dict(dict(pure))
    return {"/".join(map(str, path)): np.asarray(array) for path, array in found.items()}
