"""What a program may take from a model before a call, and read after it: a row for each way that NNX has."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax import nnx

from impl import flax_api
from properties.subject_values import sorted_leaves

# What was taken, when it is read: arrays, in an order that does not depend on where a bridge stores its variables.
Reading = Callable[[], list[Any]]


@dataclass(frozen=True)
class Holder:
    """Takes something from a model; ``needs`` is what of flax it takes, a dotted name."""

    needs: str
    take: Callable[[Any], Reading]


def variables(model: Any) -> list[Any]:
    """The ``nnx.Variable`` objects of a model, random streams included."""
    return [one for _, one in nnx.iter_graph(model) if isinstance(one, nnx.Variable)]


def _identities(model: Any) -> Reading:
    held = variables(model)

    def read() -> list[Any]:
        after = {id(one) for one in variables(model)}
        return [jnp.asarray(sum(id(one) in after for one in held))]

    return read


def _values(model: Any) -> Reading:
    held = variables(model)
    return lambda: sorted_leaves([flax_api.value_of(one) for one in held])


def _state(model: Any) -> Reading:
    held = nnx.state(model)
    return lambda: sorted_leaves(held)


def _model(held: Any) -> Reading:
    return lambda: sorted_leaves(nnx.state(held))


def _update(model: Any) -> Reading:
    held = nnx.state(model)

    def read() -> list[Any]:
        nnx.update(model, held)
        return sorted_leaves(nnx.state(model))

    return read


def _optimizer(model: Any) -> Reading:
    step = flax_api.optimizer(model, optax.sgd(0.5, momentum=0.5))
    step(jax.tree.map(jnp.ones_like, nnx.state(model, nnx.Param)))

    def read() -> list[Any]:
        step(jax.tree.map(jnp.ones_like, nnx.state(model, nnx.Param)))
        return sorted_leaves(nnx.state(model))

    return read


# Those that change the model when they are read come last.
HOLDERS = {
    "identity": Holder("nnx.iter_graph", _identities),
    "variable": Holder("nnx.Variable", _values),
    "state": Holder("nnx.state", _state),
    "merge": Holder("nnx.merge", lambda model: _model(nnx.merge(*nnx.split(model)))),
    "clone": Holder("nnx.clone", lambda model: _model(nnx.clone(model))),
    "view": Holder("nnx.view", lambda model: _model(nnx.view(model, raise_if_not_found=False))),
    "with_attributes": Holder(
        "nnx.with_attributes", lambda model: _model(nnx.with_attributes(model, raise_if_not_found=False))
    ),
    "optimizer": Holder("nnx.Optimizer", _optimizer),
    "update": Holder("nnx.update", _update),
}
