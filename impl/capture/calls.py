"""A call of a program as a fact: its arguments as source, and the parameters that they are for."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import jax

from . import arrays

# An argument: its source, what of it one compilation depends on, and whether it holds arrays.
Argument = dict[str, Any]


def signature(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """What tells two calls apart: structures, shapes, dtypes, flags and texts; numbers by their types alone."""
    leaves, structure = jax.tree_util.tree_flatten((args, dict(kwargs)))
    return str(structure), tuple(map(_kind, leaves))


def _kind(leaf: Any) -> Any:
    if arrays.is_array(leaf):
        return leaf.shape, leaf.dtype, isinstance(leaf, jax.core.Tracer)
    return leaf if isinstance(leaf, bool | str | None) else type(leaf)


def is_traced(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether an argument has no value, as in a transform."""
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree_util.tree_leaves((args, dict(kwargs))))


def argument(value: Any, write: Callable[[Any], str]) -> Argument:
    """One argument. Raises NoForm."""
    text = write(value)
    leaves, structure = jax.tree_util.tree_flatten(value)
    if not any(map(arrays.is_array, leaves)):
        return {"source": text, "form": text, "array": False}
    forms = ", ".join(arrays.form(leaf) if arrays.is_array(leaf) else repr(leaf) for leaf in leaves)
    is_one = len(leaves) == 1 and arrays.is_array(value)
    return {"source": text, "form": forms if is_one else f"{structure}: {forms}", "array": True}


def parameters(function: Any, write: Callable[[Any], str]) -> list[dict[str, Any]]:
    """The positional parameters after `self`, with the source of their defaults where there is one."""
    try:
        found = list(inspect.signature(function).parameters.values())[1:]
    except (TypeError, ValueError):
        return []
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [
        {
            "name": one.name,
            "positional": one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD,
            "default": None if one.default is one.empty else _default(one.default, write),
        }
        for one in found
        if one.kind in named
    ]


def _default(value: Any, write: Callable[[Any], str]) -> str | None:
    try:
        return write(value)
    except Exception:
        return None


def mesh_axes() -> list[str]:
    """The axes of the mesh context of this moment."""
    abstract = getattr(jax.sharding, "get_abstract_mesh", None)
    axes = tuple(getattr(abstract(), "axis_names", ())) if abstract else ()
    if not axes:
        from jax._src import mesh

        axes = tuple(mesh.thread_resources.env.physical_mesh.axis_names)
    return [str(axis) for axis in axes]
