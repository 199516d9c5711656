"""Shorter helpers of a reproducer, for a program whose variables and outputs are plain arrays.

They go before those of the same names in `pasted.py`. Nothing imports this module but the test that each agrees with
the suite's own on plain arrays.
"""

from functools import partial, reduce
from typing import Any

import jax
import numpy as np
from flax import linen as nn
from flax import nnx, traverse_util

# Up to 0.10.5 the definition and the streams of a module are among the variables of `ToLinen`.
NO_COLLECTIONS = ("nnx", "RngKey", "RngCount", "ArrayImpl")


def assert_same(actual: Any, expected: Any) -> None:
    """Assert that two pytrees have one structure, and equal arrays of one type."""
    got, want = jax.tree.structure(actual), jax.tree.structure(expected)
    assert got == want, f"structure {got}, expected {want}"
    jax.tree.map(partial(np.testing.assert_array_equal, strict=True), actual, expected)


def linen_variables(layer: Any) -> dict[str, Any]:
    """The variables of a `ToNNX` layer as Linen has them, {collection: {name: value}}."""
    found: dict[Any, Any] = {}
    in_0_9_0 = isinstance(vars(layer).get("linen_collections"), set)  # which has them by collection

    def look(node: Any, *path: Any) -> None:
        if isinstance(node, nnx.Variable):
            insert(found, node, *path) if in_0_9_0 else insert(found, node, collection_of(node), *path)
        elif isinstance(node, dict):
            for name, value in node.items():
                look(value, *path, name)

    look(vars(layer))
    return found


def variables_of(module: Any, *collections: str) -> dict[str, Any]:
    """An NNX module, or its state, as Linen has it, {collection: {name: value}}; or these collections of it."""
    found: dict[Any, Any] = {}
    state: Any = module if isinstance(module, nnx.State) else nnx.state(module)
    for path, variable in dict(state.flat_state()).items():
        name = collection_of(variable)
        if name in collections or (not collections and name not in NO_COLLECTIONS):
            insert(found, variable, name, *path)
    return found


def insert(tree: dict[Any, Any], variable: Any, *path: Any) -> None:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = variable.get_value() if hasattr(variable, "get_value") else variable.value


def collection_of(variable: Any) -> str:
    """The collection that the variable is of, by its type."""
    name = getattr(variable, "type", type(variable)).__name__
    names = {"Param": "params", "BatchStat": "batch_stats", "Cache": "cache", "Intermediate": "intermediates"}
    return names.get(name, name)


def unboxed(variables: Any) -> dict[str, Any]:
    """The variables of a `ToLinen` without random streams and the module's definition."""
    return {name: nn.meta.unbox(tree) for name, tree in variables.items() if name not in NO_COLLECTIONS}


def set_variables(module: Any, variables: Any) -> None:
    """Give an NNX module the values of Linen's variables of these paths."""
    for tree in unboxed(variables).values():
        for path, value in traverse_util.flatten_dict(tree).items():
            reduce(below, path, module).value = value


def below(node: Any, name: Any) -> Any:
    return getattr(node, name) if isinstance(node, nnx.Module) and isinstance(name, str) else node[name]


def sorted_leaves(tree: Any) -> list[Any]:
    """The arrays of a pytree in an order that does not hang on their names."""
    return sorted(map(np.asarray, jax.tree.leaves(tree)), key=lambda one: (str(one.dtype), one.shape, one.tobytes()))
