"""The output is ``x @ kernel + bias`` of the parameters in the model's nnx state."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from hypothesis import given
from hypothesis import strategies as st

from impl import flax_api
from impl.implementation import Implementation, parameters_of
from properties.support import oracle
from properties.support.devices import is_accelerated
from properties.support.strategies import Call, calls, non_finite_calls, other_array_calls, shapes, two_term_calls


@given(call=calls())
def test_output_is_x_kernel_plus_bias(impl: Implementation, call: Call) -> None:
    """The output equals `x @ kernel + bias` in float64 within the float32 error bound."""
    parameters = impl.parameters(*call)
    oracle.assert_close(impl.entry(*call), oracle.affine(call.x, parameters.kernel, parameters.bias))


@given(call=other_array_calls())
def test_other_dtypes_are_promoted_as_in_linen(impl: Implementation, call: Call) -> None:
    """An array of another dtype, or of NumPy, is promoted together with the float32 parameters."""
    output = impl.entry(*call)
    parameters = impl.parameters(*call)
    assert output.dtype == jnp.result_type(jnp.asarray(call.x), jnp.float32)
    oracle.assert_close(output, oracle.affine(call.x, parameters.kernel, parameters.bias))


@given(call=calls())
def test_output_is_a_jax_array_of_length_features(impl: Implementation, call: Call) -> None:
    """The output is a float32 JAX array of shape `(int(features),)`."""
    output = impl.entry(*call)
    assert isinstance(output, jax.Array)
    assert output.shape == (int(call.features),)
    assert output.dtype == jnp.float32


@given(call=calls())
def test_parameters_have_the_shapes_of_the_call(impl: Implementation, call: Call) -> None:
    """The kernel has shape `(len(x), int(features))`, the bias has shape `(int(features),)`, and both are float32."""
    parameters = impl.parameters(*call)
    assert parameters.kernel.shape == (call.length, int(call.features))
    assert parameters.bias.shape == (int(call.features),)
    assert parameters.kernel.dtype == parameters.bias.dtype == np.float32


@given(call=calls())
def test_zero_input_gives_the_bias(impl: Implementation, call: Call) -> None:
    """The output for the zero vector equals the bias."""
    zero = call._replace(x=jnp.zeros(call.length, jnp.float32))
    oracle.assert_same_numbers(impl.entry(*zero), impl.parameters(*zero).bias)


@given(call=calls(), row=st.integers(0, 2**16))
def test_unit_vector_gives_a_row_of_the_kernel(impl: Implementation, call: Call, row: int) -> None:
    """The output for the i-th unit vector is row i of the kernel, but for rounding where `init` is compiled."""
    unit = _unit(call, row % call.length)
    expected = impl.parameters_of_the_model(*unit).kernel[row % call.length]
    if impl.compiles_initialisation:
        apart = oracle.drawn_apart(expected, call.length, is_accelerated())
        oracle.assert_drawn_alike(np.asarray(impl.entry(*unit)), expected, apart)
    else:
        oracle.assert_same_bits(impl.entry(*unit), expected)


@given(call=two_term_calls())
def test_two_terms_are_added_in_float32(impl: Implementation, call: Call) -> None:
    """If all but two entries of `x` are zero, the output is a float32 sum of two products, eager or compiled."""
    i, j = map(int, np.flatnonzero(call.x))
    rows = [np.asarray(impl.entry(*_unit(call, k))) for k in (i, j)]
    oracle.assert_sum_of_two_products(impl.entry(*call), float(call.x[i]), rows[0], float(call.x[j]), rows[1])


def _unit(call: Call, i: int) -> Call:
    return call._replace(x=jnp.zeros(call.length, jnp.float32).at[i].set(1.0))


@given(call=calls())
def test_bias_starts_at_zero(impl: Implementation, call: Call) -> None:
    """The bias of a newly initialized layer is zero."""
    assert not impl.parameters(*call).bias.any()


@given(call=calls())
def test_weights_stay_within_two_deviations(impl: Implementation, call: Call) -> None:
    """No weight exceeds the two standard deviations at which lecun normal is truncated, scaled by 1 / sqrt(len(x))."""
    assert np.abs(impl.parameters(*call).kernel).max() <= oracle.lecun_normal_bound(call.length)


def test_kernel_is_lecun_normal(impl: Implementation) -> None:
    """A million weights of 64 seeds follow the lecun normal distribution; correct weights fail once in 1e9 runs."""
    x, features = jnp.ones(137, jnp.float32), 129.0
    weights = np.stack([impl.parameters(float(seed), x, features).kernel for seed in range(64)])
    distance = oracle.lecun_normal_distance(weights, len(x))
    assert distance <= oracle.distance_exceeded_with(1e-9, weights.size)


@given(call=calls())
def test_equals_linen_on_the_same_variables(impl: Implementation, call: Call) -> None:
    """The model's output equals `nn.Dense.apply` with the same kernel and bias, bit for bit."""
    model = impl.model(*call)
    parameters = parameters_of(model, call.x, call.features)
    variables = {"params": {"kernel": jnp.asarray(parameters.kernel), "bias": jnp.asarray(parameters.bias)}}
    oracle.assert_same_bits(model(call.x), nn.Dense(int(call.features)).apply(variables, call.x))


@given(call=non_finite_calls())
def test_nan_and_infinity_propagate(impl: Implementation, call: Call) -> None:
    """NaN and infinities in the input propagate to the output as in IEEE arithmetic."""
    parameters = impl.parameters(*call)
    with np.errstate(invalid="ignore"):
        expected = np.asarray(call.x) @ parameters.kernel + parameters.bias
    output = np.asarray(impl.entry(*call))
    np.testing.assert_array_equal(np.isnan(output), np.isnan(expected))
    np.testing.assert_array_equal(np.isposinf(output), np.isposinf(expected))
    np.testing.assert_array_equal(np.isneginf(output), np.isneginf(expected))


@given(call=calls(), value_seed=st.integers(0, 2**16))
def test_output_follows_replaced_parameters(impl: Implementation, call: Call, value_seed: int) -> None:
    """After kernel and bias are replaced in the state, the output is computed from the new ones."""
    model = impl.model(*call)
    rng = np.random.default_rng(value_seed)
    flax_api.map_params(lambda old: jnp.asarray(rng.standard_normal(old.shape), jnp.float32), model)
    new = parameters_of(model, call.x, call.features)
    assert new.bias.any()
    oracle.assert_close(model(call.x), oracle.affine(call.x, new.kernel, new.bias))


@given(
    shape=shapes(), data_seed=st.integers(0, 2**16), seed=st.integers(-5, 5), fraction=st.sampled_from([0.1, 0.5, 0.99])
)
def test_seed_and_features_are_truncated(
    impl: Implementation, shape: tuple[int, int], data_seed: int, seed: int, fraction: float
) -> None:
    """The seed and the feature count are truncated toward zero, as by `int`: 4.9 means 4 and -4.9 means -4."""
    length, features = shape
    x = jnp.asarray(np.random.default_rng(data_seed).standard_normal(length), jnp.float32)
    away_from_zero = fraction if seed >= 0 else -fraction
    fractional = impl.entry(seed + away_from_zero, x, features + fraction)
    oracle.assert_same_bits(fractional, impl.entry(float(seed), x, float(features)))


@given(call=other_array_calls())
def test_input_is_unchanged(impl: Implementation, call: Call) -> None:
    """A call does not change its input, including a NumPy array."""
    before = np.array(call.x, copy=True)
    impl.entry(*call)
    oracle.assert_same_bits(np.asarray(call.x), before)
