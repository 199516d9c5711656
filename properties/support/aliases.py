"""What may share variables with a model: a row for each API of NNX. A call of the model comes between take and read."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax import nnx

from impl import flax_api
from properties.support.subject_values import sorted_leaves

# The values of an alias when it is read, in an order that does not depend on where a bridge stores its variables.
Reading = Callable[[], list[Any]]


def variables(model: Any) -> list[Any]:
    """The ``nnx.Variable`` objects of a model, RNG streams included."""
    return [one for _, one in nnx.iter_graph(model) if isinstance(one, nnx.Variable)]


def identity(model: Any) -> Reading:
    """How many of the ``nnx.Variable`` objects the model still has."""
    held = variables(model)

    def read() -> list[Any]:
        after = {id(one) for one in variables(model)}
        return [jnp.asarray(sum(id(one) in after for one in held))]

    return read


def variable(model: Any) -> Reading:
    """The values of the ``nnx.Variable`` objects."""
    held = variables(model)
    return lambda: sorted_leaves([flax_api.value_of(one) for one in held])


def state(model: Any) -> Reading:
    """The values of an ``nnx.state``."""
    held = nnx.state(model)
    return lambda: sorted_leaves(held)


def optimizer(model: Any) -> Reading:
    """The state of the model after the second step of an ``nnx.Optimizer`` whose first came before the call."""
    step = flax_api.optimizer(model, optax.sgd(0.5, momentum=0.5))
    step(_ones(model))

    def read() -> list[Any]:
        step(_ones(model))
        return sorted_leaves(nnx.state(model))

    return read


def update(model: Any) -> Reading:
    """The state of the model after ``nnx.update`` with its own earlier state."""
    held = nnx.state(model)

    def read() -> list[Any]:
        nnx.update(model, held)
        return sorted_leaves(nnx.state(model))

    return read


def _copied(copy: Callable[[Any], Any]) -> Callable[[Any], Reading]:
    """The state of a copy."""

    def take(model: Any) -> Reading:
        held = copy(model)
        return lambda: sorted_leaves(nnx.state(held))

    return take


def _ones(model: Any) -> Any:
    return jax.tree.map(jnp.ones_like, nnx.state(model, nnx.Param))


# Copies that may share variables with the model.
COPIES: dict[str, Callable[[Any], Any]] = {
    "nnx.merge": lambda model: nnx.merge(*nnx.split(model)),
    "nnx.clone": lambda model: nnx.clone(model),
    "nnx.view": lambda model: nnx.view(model, raise_if_not_found=False),
    "nnx.with_attributes": lambda model: nnx.with_attributes(model, raise_if_not_found=False),
}
# By API. Those that change the model when they are read come last.
ALIASES = {
    "nnx.iter_graph": identity,
    "nnx.Variable": variable,
    "nnx.state": state,
    **{api: _copied(copy) for api, copy in COPIES.items()},
    "nnx.Optimizer": optimizer,
    "nnx.update": update,
}
