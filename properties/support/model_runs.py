"""A model of a user's own, and what it is compared with: itself, run in another way, and plain Linen layer by layer."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import jax
import numpy as np
import optax
import pytest
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st

from impl import flax_api
from impl.flax_api import BridgedCall, capture_bridged_calls
from impl.model import Broken, Model
from impl.subject import fresh
from properties.support.comparison import assert_same, opened
from properties.support.subject_runs import Emitted, loss
from properties.support.subject_values import inputs

Check = Callable[[Model, int], None]
State = dict[str, np.ndarray]


def of_models(*needed: str) -> Callable[[Check], Any]:
    """Ask a property of every model that has these attributes, for one seed or a few."""

    def decorator(check: Check) -> Any:
        @wraps(check)
        def in_mesh(model: Model | Broken, seed: int) -> None:
            if isinstance(model, Broken):
                raise AssertionError(model.reason)
            with model.in_mesh():
                check(model, seed)

        # As of subjects: one seed in a gate, and never 0; ten in a hunt.
        few = settings(max_examples=max(1, settings().max_examples // 100))
        asked: Any = few(given(seed=st.integers(1, 2**16))(in_mesh))
        asked.needed_of_models = needed
        return asked

    return decorator


# What a model does.


def called(model: Model, built: Any, seed: int) -> Any:
    """The output of a call in training."""
    return built(*fresh(inputs(model.args, seed)), **model.training_call)


def run(model: Model, built: Any, seed: int) -> tuple[Any, State]:
    """The output of a call in training, and the state after it."""
    output = called(model, built, seed)
    return opened(output), flax_api.pure_state(built)


def loss_of(model: Model, built: Any, args: Any) -> jax.Array:
    """What training makes smaller: the model's own loss, or one in which every float of the output has a share."""
    if model.loss is not None:
        return model.loss(built, *fresh(args), **model.training_call)
    return loss(Emitted().arrays(built(*fresh(args), **model.training_call)))


# Unlike Adam, it does not blow up a gradient that is zero but for rounding.
TRANSFORMATION = optax.sgd(0.1, momentum=0.9)


class Training(nnx.Module):
    """A model and an optimizer of its parameters."""

    def __init__(self, model: Model, built: Any) -> None:
        self.built = built
        self.optimizer = nnx.Optimizer(built, TRANSFORMATION, wrt=nnx.Param)

    def step(self, model: Model, args: Any) -> jax.Array:
        """One step; gives the loss."""
        given, gradients = nnx.value_and_grad(lambda built: loss_of(model, built, args))(self.built)
        flax_api.make_step(self.optimizer, self.built, gradients)
        return given


# What it is compared with.


def assert_runs_alike(model: Model, built: Any, other: Any, seed: int) -> None:
    """Assert that two built models have the same state and give the same in two calls, bit for bit."""
    assert_same(flax_api.pure_state(built), flax_api.pure_state(other))
    for number in range(2):
        assert_same(run(model, built, seed + number), run(model, other, seed + number))


def assert_plain_linen_agrees(calls: list[BridgedCall]) -> None:
    """Assert that each of these calls of a bridged layer gave the output and the variables of plain Linen."""
    # Excused: A layer that is only called inside a transform of the model's own computes with tracers.
    if not calls:
        pytest.skip("no bridged layer is called outside of a transform")
    for call in calls:
        # Excused: To Flax 0.10.5 a `ToLinen` inside keeps its definition among the variables, in a form of its own.
        if "nnx" in call.collections:
            pytest.skip("a layer of NNX inside a Linen module keeps its definition among the variables")
        module = flax_api.wrapped_linen_module(call.layer)
        kwargs = {name: value for name, value in call.kwargs.items() if name != "rngs"}
        if call.is_initialisation:
            kwargs.pop("mutable", None)
            output, after = module.init_with_output(call.keys, *fresh(call.args), **kwargs)
        elif kwargs.get("mutable"):
            output, updates = module.apply(call.before, *fresh(call.args), rngs=call.keys, **kwargs)
            after = {**call.before, **updates}
        else:
            output, after = module.apply(call.before, *fresh(call.args), rngs=call.keys, **kwargs), call.before
        assert_same(call.output, output)
        assert_same(call.after, after)


def bridged_calls(call: Callable[[], Any]) -> list[BridgedCall]:
    """The calls of bridged layers that this call of a model makes."""
    with capture_bridged_calls() as calls:
        call()
    return calls
