"""Runs of a ``ToNNX`` layer and of the reference bridge, which have to match."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from impl import flax_api
from impl.errors import in_one_line
from impl.subject import Subject, fresh
from properties.support.aliases import ALIASES, COPIES, Reading
from properties.support.comparison import assert_same, is_same
from properties.support.reference_bridge import ReferenceBridge
from properties.support.rounding import assert_computed
from properties.support.subject_runs import initialised
from properties.support.subject_values import inputs, sorted_leaves
from properties.support.transformed_calls import Transform

Both = tuple[Any, ReferenceBridge]


def of_transforms(transforms: Mapping[str, Transform]) -> Callable[[Callable[[Transform, int], None]], Any]:
    """Run a property for each transform, with one seed or a few."""

    def decorator(check: Callable[[Transform, int], None]) -> Any:
        # Shrinking a seed explains nothing, and each attempt would compile the transform again.
        phases = [one for one in settings().phases if one is not Phase.shrink]
        few = settings(max_examples=max(1, settings().max_examples // 100), phases=phases)
        # The first seed is the one that a gate tries: never 0, which a bridge that loses a seed would give as well.
        asked = few(given(seed=st.integers(1, 2**16))(check))
        return pytest.mark.parametrize("transform", transforms.values(), ids=transforms)(asked)

    return decorator


# Eager calls of a subject.


def both(subject: Subject, seed: int) -> Both:
    """The layer after lazy init, and the reference bridge with the same variables and RNG streams."""
    layer, variables = initialised(subject, seed)
    return layer, ReferenceBridge(subject.linen(), variables, flax_api.rngs_of(layer))


def train(model: Any, subject: Subject, seed: int) -> Any:
    """The output of a mutable call."""
    return model(*fresh(inputs(subject.args, seed)), **subject.training_call)


def assert_alias_sees(api: str, subject: Subject, seed: int) -> None:
    """Assert that an alias taken before two mutable calls matches that of the reference bridge after them."""
    _skip_if_missing(api)

    def seen(model: Any) -> Any:
        read = ALIASES[api](model)
        train(model, subject, seed)
        train(model, subject, seed + 1)
        return read()

    assert_alike(seen, both(subject, seed))


def assert_layer_sees(api: str, subject: Subject, seed: int) -> None:
    """Assert that two mutable calls of a copy change the model as they change the reference bridge."""
    _skip_if_missing(api)

    def seen(model: Any) -> Any:
        copy = COPIES[api](model)
        train(copy, subject, seed)
        train(copy, subject, seed + 1)
        return sorted_leaves(nnx.state(model))

    assert_alike(seen, both(subject, seed))


def assert_alike(do: Callable[[Any], Any], models: Both) -> None:
    """Assert that ``do`` gives the same for both, or raises the same type of exception."""
    found, expected = (_outcome(do, model) for model in models)
    if isinstance(found, Exception) or isinstance(expected, Exception):
        _assert_raised_alike(found, expected)
    else:
        assert_same(found, expected)


# Calls of one small module under a transform.


class Norm(nn.Module):
    """A running mean."""

    @nn.compact
    def __call__(self, x: jax.Array, train: bool) -> jax.Array:
        mean = self.variable("batch_stats", "mean", jnp.full, (3,), 0.25)
        if train:
            mean.value = 0.5 * mean.value + 0.5 * x.mean(axis=0)
        return x - mean.value


class Block(nn.Module):
    """A parameter, a counter, a submodule with batch statistics, and dropout."""

    @nn.compact
    def __call__(self, x: jax.Array, train: bool = False, noisy: bool = False) -> jax.Array:
        calls = self.variable("counters", "calls", jnp.zeros, (), jnp.int32)
        if train:
            calls.value += 1
        x = Norm(name="norm")(x * self.param("scale", lambda key: jnp.array([0.5, -1.0, 2.0])), train)
        return nn.Dropout(0.5, deterministic=not noisy)(x)


class Sower(nn.Module):
    """A module that sows: its first mutable call creates a variable."""

    @nn.compact
    def __call__(self, x: jax.Array, train: bool = False, noisy: bool = False) -> jax.Array:
        self.sow("intermediates", "before", x)
        return Block(name="block")(x, train, noisy)


X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
CHANGED = ("batch_stats", "counters", "intermediates")


def assert_runs_alike(
    transform: Transform,
    seed: int,
    *,
    mutable: bool = True,
    with_aliases: bool = False,
    module: nn.Module | None = None,
    parent: Callable[[Any], Any] | None = None,
) -> None:
    """Assert that two calls under a transform give the outputs and variables of the reference bridge.

    It traces no more often, and raises the type of exception that the reference bridge raises. With ``with_aliases``
    the aliases taken before the calls match too. With ``parent`` the call is of the module that it makes of the layer.
    """
    _skip_if_missing(*transform.needs)
    changing = {"train": True, "mutable": list(CHANGED)} if mutable else {}

    def models() -> Both:
        layer, reference = _both_for(transform, module or Block(), seed)
        return (parent(layer), parent(reference)) if parent else (layer, reference)

    def run(model: Any, x: jax.Array) -> Any:
        traces = 0

        def call(model: Any, x: jax.Array) -> Any:
            nonlocal traces
            traces += 1
            return model(x, noisy=transform.has_rngs, **changing)

        readings = _taken(model) if with_aliases else {}
        step = transform.make(call, model, **transform.mode)
        outputs = [sorted_leaves(step(x)), sorted_leaves(step(x + 1))]
        read = {name: read() for name, read in readings.items()}
        return (outputs, sorted_leaves(nnx.state(model)), read), traces

    x = inputs(X, seed)
    found, expected = (_outcome(lambda model: run(model, x), model) for model in models())
    if isinstance(found, Exception) or isinstance(expected, Exception):
        _assert_raised_alike(found, expected)
        return
    # Rounding is slow to measure, and no reason for values that are not close.
    if not _is_close(found[0], expected[0]):
        assert_same(found[0], expected[0])
    elif not is_same(found[0], expected[0]):
        assert_computed(found[0], lambda x: run(models()[1], x)[0], x)
    assert found[1] <= expected[1], f"{found[1]} traces, and the reference bridge: {expected[1]}"


def _both_for(transform: Transform, module: nn.Module, seed: int) -> Both:
    layer = bridge.ToNNX(module, rngs=nnx.Rngs(dropout=seed) if transform.has_rngs else None)
    bridge.lazy_init(layer, X, rngs=nnx.Rngs(params=seed))
    # Keys do not matter: no initial value is random.
    reference = ReferenceBridge(module, module.init(jax.random.key(0), X), flax_api.rngs_of(layer))
    if transform.stacked:
        for model in (layer, reference):
            nnx.update(model, jax.tree.map(lambda leaf: jnp.stack([leaf] * transform.stacked), nnx.state(model)))
    return layer, reference


# Excused: An API that the release lacks is left out. A property that needs it for a subject is `unsupported`.
def _taken(model: Any) -> dict[str, Reading]:
    return {api: take(model) for api, take in ALIASES.items() if not flax_api.missing(api)}


def _is_close(found: Any, expected: Any) -> bool:
    if jax.tree.structure(found) != jax.tree.structure(expected):
        return False
    pairs = zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True)
    return all(one.shape == other.shape and np.allclose(one, other, rtol=1e-3, atol=1e-5) for one, other in pairs)


# What is raised.


def _skip_if_missing(*needs: str) -> None:
    # Excused: A release that lacks an API is `unsupported`.
    for reason in filter(None, map(flax_api.missing, needs)):
        pytest.skip(reason)


def _outcome(do: Callable[[Any], Any], model: Any) -> Any:
    try:
        return do(model)
    except Exception as error:
        return error


def _assert_raised_alike(found: Any, expected: Any) -> None:
    assert type(found) is type(expected), f"{_said(found)}, and the reference bridge: {_said(expected)}"


def _said(outcome: Any) -> str:
    return in_one_line(outcome) if isinstance(outcome, Exception) else "no exception"
