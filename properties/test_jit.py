"""Compiled and transformed calls equal eager calls."""

import warnings
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from impl import flax_api
from impl.implementation import Implementation, Parameters, parameters_of
from properties.support import oracle, transforms
from properties.support.devices import is_accelerated
from properties.support.strategies import Call, calls, calls_apart_in_x, static_calls, static_calls_apart_in_x


def _eager(impl: Implementation, call: Call) -> Parameters:
    return transforms.eager_parameters(impl, call.seed, call.length, call.features)


def _trained_model(impl: Implementation, call: Call) -> Any:
    """A model whose bias is not zero, so that a bias that is left out is seen."""
    model = impl.model(*call)
    flax_api.map_params(lambda value: value + 0.5, model)
    return model


def _assert_affine(output: jax.Array, x: jax.Array, parameters: Parameters, apart: np.ndarray | float = 0.0) -> None:
    oracle.assert_close(output, oracle.affine(x, parameters.kernel, parameters.bias, True, apart))


def _assert_compiled_entry(output: jax.Array, impl: Implementation, call: Call) -> None:
    parameters = _eager(impl, call)
    apart = oracle.drawn_apart(parameters.kernel, call.length, is_accelerated(), on_cpu=0)
    _assert_affine(output, call.x, parameters, apart)


@given(call=static_calls())
def test_jax_jit_of_the_entry(impl: Implementation, call: Call) -> None:
    """`jax.jit` of the entry with static seed and features gives `x @ kernel + bias` of the eager parameters."""
    _assert_compiled_entry(transforms.compiled_entry(impl)(*call), impl, call)


@given(call=static_calls())
def test_nnx_jit_of_the_entry(impl: Implementation, call: Call) -> None:
    """`nnx.jit` of the entry with static seed and features gives `x @ kernel + bias` of the eager parameters."""
    _assert_compiled_entry(transforms.nnx_compiled_entry(impl)(*call), impl, call)


@given(call=calls())
def test_nnx_jit_of_the_models_call(impl: Implementation, call: Call) -> None:
    """`nnx.jit` of the model's call gives `x @ kernel + bias`."""
    model = _trained_model(impl, call)
    _assert_affine(transforms.compiled_call(model, call.x), call.x, parameters_of(model, call.x, call.features))


@given(call=calls())
def test_jax_jit_over_split_and_merge(impl: Implementation, call: Call) -> None:
    """`jax.jit` of `nnx.merge` and a call, applied to the result of `nnx.split`, gives `x @ kernel + bias`."""
    model = _trained_model(impl, call)
    _assert_affine(transforms.split_merge_call(model, call.x), call.x, parameters_of(model, call.x, call.features))


@given(call=static_calls())
def test_nnx_jit_of_construction(impl: Implementation, call: Call) -> None:
    """A model initialized inside `nnx.jit` has the parameters of the eager model, but for rounding."""
    inside = parameters_of(transforms.nnx_compiled_construction(impl)(*call), call.x, call.features)
    eager = _eager(impl, call)
    apart = oracle.drawn_apart(eager.kernel, call.length, is_accelerated())
    oracle.assert_drawn_alike(inside.kernel, eager.kernel, apart)
    oracle.assert_same_bits(inside.bias, eager.bias)


@given(call=static_calls())
def test_same_program_gives_the_same_bits(impl: Implementation, call: Call) -> None:
    """The compiled entry gives the same bits at each call, for a committed and an uncommitted `x`."""
    compiled = transforms.compiled_entry(impl)
    committed = jax.device_put(call.x, jax.devices()[0])
    first = compiled(*call)
    oracle.assert_same_bits(compiled(*call), first)
    oracle.assert_same_bits(compiled(*call._replace(x=committed)), first)


@given(pair=static_calls_apart_in_x())
def test_one_trace_for_one_shape(impl: Implementation, pair: tuple[Call, Call]) -> None:
    """Calls with the same seed, shape and feature count are traced once, for any values of `x`."""
    compiled = transforms.compiled_entry(impl)
    call, other = pair
    compiled(*call)
    compiled(*other)
    assert compiled.traces[call.seed, call.length, call.features] == 1


@given(call=calls(), step=st.sampled_from([0.5, -2.0, 1024.0]))
def test_nnx_jit_propagates_state_changes(impl: Implementation, call: Call, step: float) -> None:
    """Parameters changed inside `nnx.jit` are changed outside, and the output is computed from them."""
    model = impl.model(*call)
    before = parameters_of(model, call.x, call.features)
    transforms.add_to_params(model, jnp.float32(step))
    after = parameters_of(model, call.x, call.features)
    oracle.assert_same_bits(after.kernel, before.kernel + np.float32(step))
    _assert_affine(model(call.x), call.x, after)


@given(pair=calls_apart_in_x())
def test_vmap_of_the_entry(impl: Implementation, pair: tuple[Call, Call]) -> None:
    """`jax.vmap` of the entry over rows of `x` gives `x @ kernel + bias` for each row."""
    call = pair[0]
    rows = jnp.stack([one.x for one in pair])
    outputs = jax.vmap(lambda x: impl.entry(call.seed, x, call.features))(rows)
    parameters = impl.parameters(*call)
    for output, row in zip(outputs, rows, strict=True):
        _assert_affine(output, row, parameters)


@given(call=calls())
def test_gradient_with_respect_to_x(impl: Implementation, call: Call) -> None:
    """`jax.grad` of the summed output with respect to `x` gives the row sums of the kernel."""
    gradient = jax.grad(lambda x: impl.entry(call.seed, x, call.features).sum())(call.x)
    kernel = impl.parameters(*call).kernel
    # Compiled for the gradient, the initialisation may round the kernel otherwise.
    apart = oracle.drawn_apart(kernel, call.length, is_accelerated()) if impl.compiles_initialisation else 0.0
    oracle.assert_close(gradient, oracle.input_gradient(kernel, apart))


@given(call=calls())
def test_gradient_with_respect_to_parameters(impl: Implementation, call: Call) -> None:
    """`jax.grad` of the summed output gives `x` for each column of the kernel and 1 for the bias."""
    found = parameters_of(transforms.gradient_of_params(impl.model(*call), call.x), call.x, call.features)
    oracle.assert_same_bits(found.bias, np.ones_like(found.bias))
    # A subnormal entry of x may come out as zero.
    assert (np.abs(found.kernel - np.asarray(call.x)[:, None]) <= oracle.TINY).all()


@given(call=static_calls())
def test_donated_input(impl: Implementation, call: Call) -> None:
    """A call with a donated `x` gives `x @ kernel + bias` of the eager parameters."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Some donated buffers were not usable")
        donated = transforms.donating_entry(impl)(*call._replace(x=jnp.array(call.x, copy=True)))
    _assert_compiled_entry(donated, impl, call)


@given(call=calls())
def test_committed_input(impl: Implementation, call: Call) -> None:
    """An `x` committed to its device gives the same bits as an uncommitted `x`."""
    committed = jax.device_put(call.x, jax.devices()[0])
    oracle.assert_same_bits(impl.entry(*call._replace(x=committed)), impl.entry(*call))
