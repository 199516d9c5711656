"""The one file that knows how Flax releases differ.

Everything else speaks of parameters as ``{path: array}``, where a path reads
``linen_dense/kernel`` and an array is a plain ``jax.Array``, whatever the
release wraps around it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from flax.nnx import bridge


def params(model: nnx.Module) -> dict[str, jax.Array]:
    """Every ``nnx.Param`` of ``model`` by its path; empty before ``lazy_init``."""
    return dict(_leaves(nnx.state(model, nnx.Param)))


def state_paths(model: nnx.Module) -> list[str]:
    """The sorted paths of all of ``model``'s state, random streams included."""
    return sorted(path for path, _ in _leaves(nnx.state(model)))


def pure_state(model: nnx.Module) -> dict[str, np.ndarray]:
    """Every array of ``model``'s state by its path, random keys as the integers that they hold."""
    return {path: np.asarray(_plain(leaf)) for path, leaf in _leaves(nnx.state(model))}


def map_params(change: Callable[[jax.Array], Any], model: nnx.Module) -> None:
    """Replace, in place, every parameter of ``model`` by ``change(parameter)``."""
    nnx.update(model, jax.tree.map(change, nnx.state(model, nnx.Param)))


def set_params(model: nnx.Module, values: Mapping[str, Any]) -> None:
    """Replace, in place, the parameters of ``model`` by those of ``values``, which has the same paths."""
    state = nnx.state(model, nnx.Param)
    paths = [path for path, _ in _leaves(state)]
    structure = jax.tree.structure(state)
    nnx.update(model, jax.tree.unflatten(structure, [values[path] for path in paths]))


def bridged_layers(model: nnx.Module) -> list[Any]:
    """The ``bridge.ToNNX`` attributes of ``model``, in the order in which they were set."""
    return [value for value in vars(model).values() if isinstance(value, bridge.ToNNX)]


def wrapped_linen_module(layer: Any) -> Any:
    """The Linen module inside a ``bridge.ToNNX``."""
    # 0.12.0 renamed the attribute `module` to `to_nnx__module`.
    attributes = vars(layer)
    return attributes["to_nnx__module"] if "to_nnx__module" in attributes else attributes["module"]


def stream_counts(rngs: nnx.Rngs) -> dict[str, int]:
    """How many keys each stream of ``rngs`` has handed out."""
    return {name: int(next(iter(_arrays(stream.count)))) for name, stream in rngs.items()}


def _plain(leaf: Any) -> Any:
    return jax.random.key_data(leaf) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf


def _arrays(tree: Any) -> list[Any]:
    return jax.tree.leaves(nnx.state(tree) if isinstance(tree, nnx.Module) else tree)


def _leaves(state: Any) -> Iterator[tuple[str, jax.Array]]:
    for keys, leaf in jax.tree_util.tree_flatten_with_path(state)[0]:
        yield "/".join(_names(keys)), leaf


def _names(keys: tuple[Any, ...]) -> Iterator[str]:
    # A leaf below a Variable ends, by release, in GetAttrKey('value') or in nothing.
    for key in keys:
        name = getattr(key, "key", None)
        if name is None:
            name = getattr(key, "idx", None)
        if name is not None:
            yield str(name)
