"""``lazy_init``: calls without it, failures of it, and its use on a parent."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge
from hypothesis import given

from impl import flax_api
from impl.implementation import Implementation, parameters_of
from properties.support import oracle
from properties.support.strategies import Call, calls


class Parent(nnx.Module):
    """Two models of the implementation, built from one Rngs and called on the same x."""

    def __init__(self, impl: Implementation, features: float, rngs: nnx.Rngs) -> None:
        self.first = impl.uninitialised_model(rngs, features)
        self.second = impl.uninitialised_model(rngs, features)

    def __call__(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        return self.first(x), self.second(x)


def _initialised_parent(impl: Implementation, call: Call) -> Parent:
    parent = Parent(impl, call.features, nnx.Rngs(int(call.seed)))
    bridge.lazy_init(parent, call.x)
    return parent


# Excused: Any exception with a message counts; `lazy_init.exception_without_lazy_init` records which.
@given(call=calls())
def test_call_before_lazy_init_raises(impl: Implementation, call: Call) -> None:
    """A call before `lazy_init` raises an exception, and the model can still be initialized and called."""
    model = impl.uninitialised_model(call.seed, call.features)
    with pytest.raises(Exception, match=r"\S"):
        model(call.x)
    bridge.lazy_init(model, call.x)
    parameters = parameters_of(model, call.x, call.features)
    oracle.assert_close(model(call.x), oracle.affine(call.x, parameters.kernel, parameters.bias))


@given(call=calls())
def test_no_param_before_lazy_init(impl: Implementation, call: Call) -> None:
    """The state contains no `nnx.Param` before `lazy_init`, and a kernel and a bias after it."""
    model = impl.uninitialised_model(call.seed, call.features)
    assert flax_api.params(model) == {}
    bridge.lazy_init(model, call.x)
    assert len(flax_api.params(model)) == 2


@given(call=calls())
def test_split_and_merge_round_trip(impl: Implementation, call: Call) -> None:
    """`nnx.split` and `nnx.merge` keep the parameters and the output of an initialized model, bit for bit."""
    model = impl.model(*call)
    merged = nnx.merge(*nnx.split(model))
    _assert_same_params(flax_api.params(merged), flax_api.params(model))
    oracle.assert_same_bits(merged(call.x), model(call.x))


@given(call=calls())
def test_lazy_init_reaches_every_child(impl: Implementation, call: Call) -> None:
    """`lazy_init` of a parent initializes every `ToNNX` layer in it, and each computes `x @ kernel + bias`."""
    parent = _initialised_parent(impl, call)
    for child, output in zip((parent.first, parent.second), parent(call.x), strict=True):
        parameters = parameters_of(child, call.x, call.features)
        oracle.assert_close(output, oracle.affine(call.x, parameters.kernel, parameters.bias))


@given(call=calls(least_weights=3))
def test_children_of_one_rngs_differ(impl: Implementation, call: Call) -> None:
    """Two `ToNNX` layers built from the same `nnx.Rngs` have different kernels."""
    parent = _initialised_parent(impl, call)
    first = parameters_of(parent.first, call.x, call.features)
    second = parameters_of(parent.second, call.x, call.features)
    assert not np.array_equal(first.kernel, second.kernel), "both layers have the same kernel"


@given(call=calls())
def test_method_equals_the_function(call: Call) -> None:
    """`layer.lazy_init(x)` returns the layer and gives it the same parameters as `bridge.lazy_init(layer, x)`."""
    by_method, by_function = (
        bridge.ToNNX(nn.Dense(int(call.features)), rngs=nnx.Rngs(int(call.seed))) for _ in range(2)
    )
    assert by_method.lazy_init(call.x) is by_method
    assert bridge.lazy_init(by_function, call.x) is by_function
    _assert_same_params(flax_api.params(by_method), flax_api.params(by_function))


# Excused: Any exception with a message counts: no type is specified.
@given(call=calls())
def test_failed_lazy_init_keeps_parameters(impl: Implementation, call: Call) -> None:
    """A `lazy_init` that raises does not change the parameters and the output of an initialized model."""
    model = impl.model(*call)
    before, output = flax_api.params(model), model(call.x)
    with pytest.raises(Exception, match=r"\S"):
        bridge.lazy_init(model, jnp.float32(1.0))
    _assert_same_params(flax_api.params(model), before)
    oracle.assert_same_bits(model(call.x), output)


@given(call=calls())
def test_rngs_at_call_time_change_nothing(impl: Implementation, call: Call) -> None:
    """A call of an initialized `nn.Dense` with other `rngs` changes neither its output nor its parameters."""
    model = impl.model(*call)
    layers = flax_api.bridged_layers(model)
    # Excused: An implementation need not have a `ToNNX` layer among its attributes.
    if not layers:
        pytest.skip(f"the model of {impl.name} has no bridge.ToNNX")
    before = flax_api.params(model)
    try:
        output = layers[0](call.x)
    except Exception:
        pytest.skip(f"the bridge.ToNNX of {impl.name} is called with something else than x")
    oracle.assert_same_bits(layers[0](call.x, rngs=nnx.Rngs(7)), output)
    _assert_same_params(flax_api.params(model), before)


# Excused: Any exception with a message counts: no type is specified.
@given(call=calls())
def test_wrong_length_raises_and_keeps_the_state(impl: Implementation, call: Call) -> None:
    """An `x` of another length than at `lazy_init` raises an exception and changes neither parameters nor output."""
    model = impl.model(*call)
    before, output = flax_api.params(model), model(call.x)
    with pytest.raises(Exception, match=r"\S"):
        model(jnp.ones(call.length + 1, jnp.float32))
    _assert_same_params(flax_api.params(model), before)
    oracle.assert_same_bits(model(call.x), output)


def _assert_same_params(actual: dict[str, jax.Array], expected: dict[str, jax.Array]) -> None:
    assert actual.keys() == expected.keys()
    for path, value in expected.items():
        oracle.assert_same_bits(actual[path], value)


Observe = Callable[[str, Any], None]


# Excused: The exception is recorded, and any is accepted.
def test_exception_without_lazy_init(impl: Implementation, observe: Observe) -> None:
    """Which exception a call before `lazy_init` raises.

    Code that catches the old exception must catch the new one.
    """
    with pytest.raises(Exception, match=r"\S") as raised:
        impl.uninitialised_model(0.0, 4.0)(jnp.ones(3, jnp.float32))
    observe("exception", raised.type.__name__)


def test_paths_of_the_state(impl: Implementation, observe: Observe) -> None:
    """The paths of the state of an initialized model.

    Rename the paths in old checkpoints before you restore them, and in code that filters or shards by path.
    """
    observe("paths", " ".join(flax_api.state_paths(impl.model(0.0, jnp.ones(3, jnp.float32), 4.0))))


def test_keys_drawn_from_the_rngs(impl: Implementation, observe: Observe) -> None:
    """How many keys construction, `lazy_init` and a call draw from the caller's `nnx.Rngs`.

    Other modules that draw from the same `nnx.Rngs` get different keys: give each layer its own `nnx.Rngs`, or
    restore a checkpoint.
    """
    rngs, x = nnx.Rngs(0), jnp.ones(3, jnp.float32)
    model = impl.uninitialised_model(rngs, 4.0)
    observe("after construction", flax_api.stream_counts(rngs))
    bridge.lazy_init(model, x)
    observe("after lazy_init", flax_api.stream_counts(rngs))
    model(x)
    observe("after a call", flax_api.stream_counts(rngs))
