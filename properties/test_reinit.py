"""A second `lazy_init`, and the devices of models, inputs and outputs."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from flax.nnx import bridge
from hypothesis import given
from hypothesis import strategies as st

from impl import flax_api
from impl.implementation import Implementation, parameters_of
from properties.support import oracle
from properties.support.devices import any_device, devices, sharding
from properties.support.strategies import Call, calls, device_calls, seeds

# Lengths of x for one model of four features.
RESHAPED = st.sampled_from([1, 4, 8, 65])


@given(call=calls(least_weights=3))
def test_initialising_again_draws_new_parameters(impl: Implementation, call: Call) -> None:
    """A second `lazy_init` gives a new kernel and a zero bias, and the output is computed from them."""
    model = impl.model(*call)
    old = parameters_of(model, call.x, call.features)
    bridge.lazy_init(model, call.x)
    new = parameters_of(model, call.x, call.features)
    assert not np.array_equal(new.kernel, old.kernel), "the second kernel equals the first"
    assert not new.bias.any()
    oracle.assert_close(model(call.x), oracle.affine(call.x, new.kernel, new.bias))


@given(seed=seeds(), length=RESHAPED, other_length=RESHAPED)
def test_initialising_with_another_length_reshapes_the_kernel(
    impl: Implementation, seed: float, length: int, other_length: int
) -> None:
    """A second `lazy_init` with an `x` of another length gives a kernel with that number of rows."""
    model = impl.model(seed, jnp.ones(length, jnp.float32), 4.0)
    x = jnp.ones(other_length, jnp.float32)
    bridge.lazy_init(model, x)
    new = parameters_of(model, x, 4.0)
    assert new.kernel.shape == (other_length, 4)
    oracle.assert_close(model(x), oracle.affine(x, new.kernel, new.bias))


@given(call=calls(), trained=st.sampled_from([0.5, -3.0, 100.0]))
def test_initialising_again_replaces_trained_parameters(impl: Implementation, call: Call, trained: float) -> None:
    """A second `lazy_init` replaces the trained parameters by initial ones."""
    model = impl.model(*call)
    flax_api.map_params(lambda value: value + trained, model)
    learnt = parameters_of(model, call.x, call.features)
    bridge.lazy_init(model, call.x)
    fresh = parameters_of(model, call.x, call.features)
    assert (fresh.kernel != learnt.kernel).any()
    assert not fresh.bias.any()
    assert np.abs(fresh.kernel).max() <= oracle.lecun_normal_bound(call.length)


@given(call=device_calls(), device=any_device())
def test_every_device_gives_the_same_bits(impl: Implementation, call: Call, device: jax.Device) -> None:
    """The same seed gives the same bits on every device of one kind."""
    outputs = []
    for each in (devices()[0], device):
        with jax.default_device(each):
            outputs.append(impl.entry(*call._replace(x=jax.device_put(call.x, each))))
    oracle.assert_same_bits(*outputs)


@given(call=device_calls(), device=any_device())
def test_output_is_on_the_device_of_x(impl: Implementation, call: Call, device: jax.Device) -> None:
    """The output is on the device of `x` or on a mesh with it, and has the same bits as on the first device."""
    first, output = (impl.entry(*call._replace(x=jax.device_put(call.x, each))) for each in (devices()[0], device))
    assert device in output.devices()
    oracle.assert_same_bits(output, first)


@given(call=device_calls(), device=any_device())
def test_default_device_is_respected(impl: Implementation, call: Call, device: jax.Device) -> None:
    """Under `jax.default_device`, the output for an uncommitted `x` is on the default device or on a mesh with it."""
    values = np.asarray(call.x)
    with jax.default_device(device):
        output = impl.entry(*call._replace(x=jnp.asarray(values)))
    assert device in output.devices()


@given(call=device_calls(), device=any_device())
def test_moving_a_model_changes_no_bit(impl: Implementation, call: Call, device: jax.Device) -> None:
    """A model moved by `jax.device_put` of its state keeps its parameters and its output, bit for bit."""
    model = impl.model(*call)
    before = parameters_of(model, call.x, call.features)
    output = model(jax.device_put(call.x, devices()[0]))
    nnx.update(model, jax.device_put(nnx.state(model), device))
    assert all(value.devices() == {device} for value in flax_api.params(model).values())
    after = parameters_of(model, call.x, call.features)
    oracle.assert_same_bits(after.kernel, before.kernel)
    oracle.assert_same_bits(after.bias, before.bias)
    moved = model(jax.device_put(call.x, device))
    assert moved.devices() == {device}
    oracle.assert_same_bits(moved, output)


@given(call=device_calls(), device=any_device())
def test_initialising_again_on_another_device(impl: Implementation, call: Call, device: jax.Device) -> None:
    """After a second `lazy_init` with `x` on another device, the model gives `x @ kernel + bias` on that device."""
    model = impl.model(*call)
    x = jax.device_put(call.x, device)
    bridge.lazy_init(model, x)
    output = model(x)
    assert output.devices() == {device}
    new = parameters_of(model, x, call.features)
    oracle.assert_close(output, oracle.affine(call.x, new.kernel, new.bias))


@given(call=device_calls())
def test_replicated_input_gives_the_same_values(impl: Implementation, call: Call) -> None:
    """An `x` replicated over all devices gives `x @ kernel + bias` of the single-device parameters."""
    replicated = jax.device_put(call.x, sharding(call.length, sharded=False))
    parameters = impl.parameters(*call)
    output = impl.entry(*call._replace(x=replicated))
    oracle.assert_close(output, oracle.affine(call.x, parameters.kernel, parameters.bias))


@given(call=device_calls())
def test_sharded_input_gives_the_same_values(impl: Implementation, call: Call) -> None:
    """An `x` sharded over a mesh gives `x @ kernel + bias` of the single-device parameters."""
    sharded = jax.device_put(call.x, sharding(call.length, sharded=True))
    parameters = impl.parameters(*call)
    output = impl.entry(*call._replace(x=sharded))
    oracle.assert_close(output, oracle.affine(call.x, parameters.kernel, parameters.bias))
