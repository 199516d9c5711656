"""What holds of any Linen module that is called through the bridge."""

import copy
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
import orbax.checkpoint as ocp
import pytest
from flax import nnx
from flax.nnx import bridge

from impl import flax_api
from impl.flax_api import keys_handed_to_linen, linen_variables
from impl.subject import Subject
from properties.agreement import assert_same
from properties.subject_runs import (
    applied,
    assert_raises_alike,
    called,
    initialised,
    inputs,
    loss,
    of_subjects,
    uninitialised,
    without_intermediates,
)

# What it computes.


@of_subjects()
def test_init(subject: Subject, seed: int) -> None:
    """lazy_init gives the variables that plain Linen's init gives, in the same collections, paths and boxes."""
    layer, variables = initialised(subject, seed)
    assert_same(linen_variables(layer), variables)


@of_subjects()
def test_call(subject: Subject, seed: int) -> None:
    """A call gives the output that plain Linen's apply gives, and leaves the variables as they are."""
    layer, variables = initialised(subject, seed)
    output, expected, after = called(subject, layer, variables, *inputs(subject.args, seed), **subject.plain_call)
    assert_same(output, expected)
    assert_same(linen_variables(layer), after)


@of_subjects("mutable")
def test_calls_that_change_variables(subject: Subject, seed: int) -> None:
    """Each of three mutable calls gives the output and leaves the variables of plain Linen, whose are passed on."""
    layer, variables = initialised(subject, seed)
    for call in range(3):
        args = inputs(subject.args, seed + call)
        output, expected, variables = called(subject, layer, variables, *args, **subject.training_call)
        assert_same(output, expected)
        assert_same(linen_variables(layer), variables)


@of_subjects("streams")
def test_rngs_at_call(subject: Subject, seed: int) -> None:
    """A call draws from the Rngs that it is given, as plain Linen does from their keys, and repeats with equal ones."""
    layer, variables = initialised(subject, seed)
    outputs = []
    for _ in range(2):
        rngs = subject.rngs(seed + 1)
        output, expected, _ = called(subject, layer, variables, *subject.args, rngs=rngs, **subject.training_call)
        assert_same(output, expected)
        outputs.append(output)
    assert_same(*outputs)


@of_subjects("streams")
def test_default_stream(subject: Subject, seed: int) -> None:
    """nnx.Rngs(seed) alone serves every stream that the module draws from."""
    layer = bridge.ToNNX(subject.linen(), rngs=nnx.Rngs(seed))
    bridge.lazy_init(layer, *subject.first_args, **subject.kwargs)
    output, expected, _ = called(subject, layer, linen_variables(layer), *subject.args, **subject.training_call)
    assert_same(output, expected)


@of_subjects("methods")
def test_methods(subject: Subject, seed: int) -> None:
    """A method of the Linen module, by its name or as a function, gives what it gives in plain Linen."""
    layer, variables = initialised(subject, seed)
    for name, args in subject.methods.items():
        args = inputs(args, seed)
        expected = subject.linen().apply(variables, *args, method=name)
        assert_same(layer(*args, method=name), expected)
        assert_same(layer(*args, method=getattr(type(subject.linen()), name)), expected)


@of_subjects("methods")
def test_methods_as_attributes(subject: Subject, seed: int) -> None:
    """A method of the Linen module is a method of the layer, and gives what it gives in plain Linen."""
    if reason := flax_api.missing("nnx.bridge.ToNNX.__getattr__"):
        pytest.skip(reason)
    layer, variables = initialised(subject, seed)
    for name, args in subject.methods.items():
        args = inputs(args, seed)
        assert_same(getattr(layer, name)(*args), subject.linen().apply(variables, *args, method=name))


# What it leaves alone.


@of_subjects()
def test_nothing_changes_behind_the_caller(subject: Subject, seed: int) -> None:
    """Neither init nor a call changes its arguments, the Linen module, or the seeds of the caller's Rngs."""
    module, rngs = subject.linen(), subject.rngs(seed)
    given = (inputs(subject.first_args, seed), inputs(subject.args, seed), dict(subject.training_call))
    before, described, streams = copy.deepcopy(given), repr(module), flax_api.seeds(rngs)
    layer = bridge.ToNNX(module, rngs=rngs)
    bridge.lazy_init(layer, *given[0], **subject.kwargs)
    layer(*given[1], **given[2])
    layer(*given[1], rngs=rngs, **given[2])
    assert_same(given, before)
    assert repr(module) == described
    assert module.scope is None
    assert_same(flax_api.seeds(rngs), streams)


@of_subjects()
def test_structure_of_the_state(subject: Subject, seed: int) -> None:
    """nnx.jit traces a training step once: a call leaves the structure of the state as the call before left it."""
    layer = without_intermediates(initialised(subject, seed)[0])
    args, traces = inputs(subject.args, seed), []

    @nnx.jit
    def step(layer: Any, args: Any) -> Any:
        traces.append(1)
        return layer(*args, **subject.training_call)

    structures = []
    for _ in range(3):
        step(layer, args)
        structures.append(jax.tree.structure(nnx.split(without_intermediates(layer))))
    assert structures == structures[:1] * 3
    # What is sown and popped costs plain NNX a second trace too.
    assert len(traces) <= (2 if "intermediates" in subject.mutable else 1)


# Gradients and training.


@of_subjects("learns")
def test_gradients(subject: Subject, seed: int) -> None:
    """nnx.grad in training gives the gradients, and leaves the variables, that jax.grad of plain Linen gives."""
    layer, variables = initialised(subject, seed)
    args = inputs(subject.args, seed)
    with keys_handed_to_linen() as keys:
        gradients = nnx.grad(lambda layer: loss(layer(*args, **subject.training_call)))(layer)
    expected, after = jax.grad(loss_of(subject, variables, keys, args), has_aux=True)(variables["params"])
    assert_same(linen_variables(layer), after)
    nnx.update(layer, gradients)
    assert_same(linen_variables(layer)["params"], expected)


@of_subjects("learns")
def test_gradients_of_the_split_form(subject: Subject, seed: int) -> None:
    """jax.grad of a function of the split layer's parameters gives the gradients of the Linen function."""
    layer, variables = initialised(subject, seed)
    args = inputs(subject.args, seed)
    graph, params, rest = nnx.split(layer, nnx.Param, ...)
    with keys_handed_to_linen() as keys:
        gradients = jax.grad(lambda params: loss(flax_api.merged(graph, params, rest)(*args, **subject.training_call)))(
            params
        )
    expected, _ = jax.grad(loss_of(subject, variables, keys, args), has_aux=True)(variables["params"])
    nnx.update(layer, gradients)
    assert_same(linen_variables(layer)["params"], expected)


def loss_of(subject: Subject, variables: dict[str, Any], keys: dict[str, jax.Array], args: Any) -> Any:
    def function(params: Any) -> Any:
        output, after = applied(subject, {**variables, "params": params}, keys, *args, **subject.training_call)
        return loss(output), after

    return function


@of_subjects("learns")
def test_training(subject: Subject, seed: int) -> None:
    """Three steps of nnx.Optimizer with Adam leave the variables that the same steps leave of plain Linen's."""
    layer, variables = initialised(subject, seed)
    transformation = optax.adam(0.1)
    step, momenta = flax_api.optimizer(layer, transformation), transformation.init(variables["params"])
    for number in range(3):
        args = inputs(subject.args, seed + number)
        with keys_handed_to_linen() as keys:
            step(nnx.grad(lambda layer, args: loss(layer(*args, **subject.training_call)))(layer, args))
        gradients, variables = jax.grad(loss_of(subject, variables, keys, args), has_aux=True)(variables["params"])
        updates, momenta = transformation.update(gradients, momenta, variables["params"])
        variables = {**variables, "params": optax.apply_updates(variables["params"], updates)}
        assert_same(linen_variables(layer), variables)


# Copies, states and checkpoints.


@of_subjects()
def test_split_and_merge(subject: Subject, seed: int) -> None:
    """A layer that was split and merged has the variables and gives the output of the layer."""
    layer, variables = initialised(subject, seed)
    merged = nnx.merge(*nnx.split(layer))
    assert_same(linen_variables(merged), variables)
    output, expected, after = called(subject, merged, variables, *inputs(subject.args, seed), **subject.training_call)
    assert_same(output, expected)
    assert_same(linen_variables(merged), after)


@of_subjects()
def test_copies(subject: Subject, seed: int) -> None:
    """nnx.clone and copy.deepcopy give layers that compute the same, and that are changed without the original."""
    layer, variables = initialised(subject, seed)
    for copied in (nnx.clone(layer), copy.deepcopy(layer)):
        args = inputs(subject.args, seed)
        output, expected, _ = called(subject, copied, variables, *args, **subject.training_call)
        assert_same(output, expected)
        flax_api.map_params(lambda value: value + 1, copied)
        assert_same(linen_variables(layer), variables)


@of_subjects("learns")
def test_update(subject: Subject, seed: int) -> None:
    """After nnx.update with the state of another layer, the variables are the other's, boxes included."""
    layer, variables = initialised(subject, seed)
    other, others = initialised(subject, seed + 1)
    nnx.update(layer, nnx.state(other, nnx.Param))
    assert_same(linen_variables(layer), {**variables, "params": others["params"]})
    expected = {**variables, "params": others["params"]}
    output, expected, _ = called(subject, layer, expected, *inputs(subject.args, seed), **subject.plain_call)
    assert_same(output, expected)


@of_subjects()
def test_filters(subject: Subject, seed: int) -> None:
    """nnx.state and nnx.pop by a collection's type take that collection and leave the others."""
    for collection in subject.shapes:
        layer, variables = initialised(subject, seed)
        kind = flax_api.type_of(collection)
        assert_same(jax.tree.leaves(nnx.state(layer, kind)), jax.tree.leaves(variables[collection]))
        assert_same(jax.tree.leaves(nnx.pop(layer, kind)), jax.tree.leaves(variables.pop(collection)))
        assert_same(linen_variables(layer), variables)


@of_subjects()
def test_msgpack(subject: Subject, seed: int) -> None:
    """The state as a pure dictionary, written as msgpack, restores another layer to the same variables."""
    if not flax_api.has_pure_dicts():
        pytest.skip("this release has no pure dictionaries of states")
    layer = without_intermediates(initialised(subject, seed)[0])
    other = without_intermediates(initialised(subject, seed + 1)[0])
    flax_api.restore(other, flax_api.saved(layer))
    assert_same(linen_variables(other), linen_variables(layer))


@of_subjects("shapes")
def test_orbax(subject: Subject, seed: int) -> None:
    """The state as a pure dictionary, written by Orbax, restores another layer to the same variables."""
    if not flax_api.has_pure_dicts():
        pytest.skip("this release has no pure dictionaries of states")
    layer = without_intermediates(initialised(subject, seed)[0])
    other = without_intermediates(initialised(subject, seed + 1)[0])
    with tempfile.TemporaryDirectory() as folder, ocp.StandardCheckpointer() as checkpointer:
        path = Path(folder).resolve() / "state"
        checkpointer.save(path, flax_api.pure_dict(layer))
        checkpointer.wait_until_finished()
        flax_api.set_pure_dict(other, checkpointer.restore(path))
    assert_same(linen_variables(other), linen_variables(layer))


# Transforms.


@of_subjects()
def test_jit(subject: Subject, seed: int) -> None:
    """nnx.jit of a training step gives the output and leaves the variables that jax.jit of plain Linen does."""
    layer, variables = initialised(subject, seed)
    args = inputs(subject.args, seed)

    @nnx.jit
    def step(layer: Any, args: Any) -> Any:
        with keys_handed_to_linen() as keys:
            output = layer(*args, **subject.training_call)
        return output, dict(keys)

    output, keys = step(layer, args)
    expected, after = jax.jit(
        lambda variables, keys, args: applied(subject, variables, keys, *args, **subject.training_call)
    )(variables, keys, args)
    assert_same(output, expected)
    assert_same(linen_variables(layer), after)


@of_subjects()
def test_ensemble(subject: Subject, seed: int) -> None:
    """nnx.vmap makes and calls an ensemble of layers as jax.vmap does of plain Linen's variables."""
    args = inputs(subject.args, seed)

    @nnx.vmap
    def make(key: jax.Array) -> Any:
        with keys_handed_to_linen() as keys:
            layer = bridge.ToNNX(subject.linen(), rngs=nnx.Rngs(key))
            bridge.lazy_init(layer, *subject.first_args, **subject.kwargs)
        return layer, dict(keys)

    @nnx.vmap
    def call(layer: Any) -> Any:
        with keys_handed_to_linen() as keys:
            output = layer(*args, **subject.training_call)
        return output, dict(keys)

    layers, keys = make(jax.random.split(jax.random.key(seed), 3))
    variables = jax.vmap(lambda keys: subject.linen().init(keys, *subject.first_args, **subject.kwargs))(keys)
    assert_same(linen_variables(layers), variables)
    output, keys = call(layers)
    expected, after = jax.vmap(
        lambda variables, keys: applied(subject, variables, keys, *args, **subject.training_call)
    )(variables, keys)
    assert_same(output, expected)
    assert_same(linen_variables(layers), after)


@of_subjects()
def test_eval_shape(subject: Subject, seed: int) -> None:
    """nnx.eval_shape of a layer's making gives the shapes, dtypes and boxes of plain Linen's variables."""
    layer = nnx.eval_shape(lambda: initialised(subject, seed)[0])
    assert_same(shapes(linen_variables(layer)), shapes(subject.shapes))


def shapes(tree: Any) -> Any:
    return jax.tree.map(lambda leaf: f"{leaf.dtype}{leaf.shape}", tree)


@of_subjects("learns")
def test_remat(subject: Subject, seed: int) -> None:
    """Gradients through nnx.remat are those of jax.checkpoint of the Linen function."""
    layer, variables = initialised(subject, seed)
    args = inputs(subject.args, seed)

    @nnx.remat
    def call(layer: Any, args: Any) -> Any:
        return layer(*args, **subject.plain_call)

    gradients = nnx.grad(lambda layer: loss(call(layer, args)))(layer)

    def function(params: Any, args: Any) -> Any:
        return applied(subject, {**variables, "params": params}, {}, *args, **subject.plain_call)[0]

    expected = jax.grad(lambda params: loss(jax.checkpoint(function)(params, args)))(variables["params"])
    nnx.update(layer, gradients)
    assert_same(linen_variables(layer)["params"], expected)


@of_subjects()
def test_scan(subject: Subject, seed: int) -> None:
    """nnx.scan of training steps gives the outputs and variables of jax.lax.scan of plain Linen's."""
    layer, variables = initialised(subject, seed)
    layer = without_intermediates(layer)
    variables.pop("intermediates", None)
    several = jax.tree.map(lambda *leaves: np.stack(leaves), *(inputs(subject.args, seed + i) for i in range(3)))

    @nnx.scan(in_axes=(nnx.Carry, 0), out_axes=(nnx.Carry, 0))
    def steps(layer: Any, args: Any) -> Any:
        with keys_handed_to_linen() as keys:
            output = layer(*args, **subject.training_call)
        return without_intermediates(layer), (output, dict(keys))

    layer, (outputs, keys) = steps(layer, several)

    def step(variables: Any, given: Any) -> Any:
        keys, args = given
        output, after = applied(subject, variables, keys, *args, **subject.training_call)
        return {name: after[name] for name in variables}, output

    variables, expected = jax.lax.scan(step, variables, (keys, several))
    assert_same(outputs, expected)
    assert_same(linen_variables(layer), variables)


@of_subjects()
def test_closures(subject: Subject, seed: int) -> None:
    """A layer that a function under jax.jit closes over does what plain Linen does or raises, and keeps no tracer."""
    layer, variables = initialised(subject, seed)
    args = inputs(subject.args, seed)

    def call(args: Any) -> Any:
        with keys_handed_to_linen() as keys:
            output = layer(*args, **subject.training_call)
        return output, dict(keys)

    after = variables
    try:
        output, keys = jax.jit(call)(args)
    except Exception as error:
        assert "trac" in str(error).lower(), error
    else:
        expected, after = jax.jit(lambda keys, args: applied(subject, variables, keys, *args, **subject.training_call))(
            keys, args
        )
        assert_same(output, expected)
    assert not [leaf for leaf in jax.tree.leaves(nnx.state(layer)) if isinstance(leaf, jax.core.Tracer)]
    assert_same(linen_variables(layer), after)


# What is shown, and what is refused.


@of_subjects()
def test_shown(subject: Subject, seed: int) -> None:
    """repr shows the Linen module and, after lazy_init, every parameter; nnx.display shows the layer."""
    layer = uninitialised(subject, seed)
    assert type(subject.linen()).__name__ in repr(layer)
    layer, variables = initialised(subject, seed)
    for name in variables.get("params", {}):
        assert name in repr(layer)
    nnx.display(layer)


@of_subjects()
def test_wrong_arguments(subject: Subject, seed: int) -> None:
    """Arguments that plain Linen refuses the bridge refuses with the same exception, and unharmed."""
    layer, variables = initialised(subject, seed)
    linen = subject.linen()
    for args, kwargs in (
        ((), subject.plain_call),
        (subject.args, {**subject.plain_call, "no_such_argument": 1}),
        (subject.args, {**subject.plain_call, "method": "no_such_method"}),
    ):
        assert_raises_alike(partial(layer, *args, **kwargs), partial(linen.apply, variables, *args, **kwargs))
    assert_same(linen_variables(layer), variables)


@of_subjects("learns")
def test_missing_parameters(subject: Subject, seed: int) -> None:
    """Without its parameters a layer raises what plain Linen raises without them."""
    layer, variables = initialised(subject, seed)
    nnx.pop(layer, nnx.Param)
    del variables["params"]
    assert_raises_alike(
        lambda: layer(*subject.args, **subject.plain_call),
        lambda: subject.linen().apply(variables, *subject.args, **subject.plain_call),
    )


@of_subjects("mutable")
def test_immutable_collections(subject: Subject, seed: int) -> None:
    """A training call without mutable raises, or leaves the variables alone, as plain Linen does."""
    layer, variables = initialised(subject, seed)
    kwargs = {name: value for name, value in subject.training_call.items() if name != "mutable"}
    assert_raises_alike(
        lambda: layer(*subject.args, **kwargs),
        lambda: subject.linen().apply(variables, *subject.args, **kwargs),
    )
    assert_same(linen_variables(layer), variables)


@of_subjects("streams")
def test_missing_streams(subject: Subject, seed: int) -> None:
    """Without the streams that it draws from, a call raises what plain Linen raises without them."""
    layer = bridge.ToNNX(subject.linen(), rngs=nnx.Rngs(params=seed))
    bridge.lazy_init(layer, *subject.first_args, **subject.kwargs)
    kwargs = subject.training_call
    assert_raises_alike(
        lambda: layer(*subject.args, rngs=nnx.Rngs(other=seed), **kwargs),
        lambda: subject.linen().apply(
            linen_variables(layer), *subject.args, rngs={"other": jax.random.key(0)}, **kwargs
        ),
    )
