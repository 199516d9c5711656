"""Generic properties of any Linen module in `ToNNX`."""

import copy
import tempfile
from pathlib import Path
from typing import Any

import jax
import optax
import orbax.checkpoint as ocp
import pytest
from flax import nnx, serialization
from flax.nnx import bridge

from impl import flax_api
from impl.errors import in_one_line
from impl.flax_api import capture_linen_rngs, linen_variables
from impl.subject import Subject, fresh
from properties.support.comparison import assert_same, is_same, split_arrays
from properties.support.rounding import assert_computed
from properties.support.subject_runs import (
    Emitted,
    applied,
    assert_call_agrees,
    assert_call_raises_alike,
    called,
    grown,
    initialised,
    is_completed_by_a_call,
    loss,
    module_with,
    of_subjects,
    skip_where_all_are_zero,
    uninitialised,
    without,
    without_grown,
)
from properties.support.subject_values import (
    Given,
    as_arrays,
    inputs,
    numbers_as_arrays,
    shapes,
    sorted_leaves,
    stacked,
)

# Outputs and updates.


@of_subjects()
def test_init(subject: Subject, seed: int) -> None:
    """`lazy_init` creates the same variables as `init` in plain Linen, with equal collections, paths and boxes."""
    layer, variables = initialised(subject, seed)
    assert_same(linen_variables(layer), variables)


@of_subjects()
def test_call(subject: Subject, seed: int) -> None:
    """A call gives the same output as `apply` in plain Linen and changes no variables."""
    layer, variables = initialised(subject, seed)
    assert_call_agrees(subject, layer, variables, *inputs(subject.args, seed), **subject.plain_call)


@of_subjects("mutable")
def test_mutable_calls(subject: Subject, seed: int) -> None:
    """Three successive mutable calls match plain Linen in outputs and in updated variables."""
    layer, variables = initialised(subject, seed)
    before = variables
    for call in range(3):
        args = inputs(subject.args, seed + call)
        variables = assert_call_agrees(subject, layer, variables, *args, **subject.training_call)
    # Excused: Where plain Linen changes nothing, a bridge that drops every change would pass.
    if is_same(variables, before):
        pytest.skip(f"a training call in plain Linen changes nothing of {', '.join(subject.mutable)}")


@of_subjects("draws")
def test_rngs_at_call(subject: Subject, seed: int) -> None:
    """A call draws from its `rngs` the same keys as plain Linen, and equal `rngs` give equal outputs."""
    outputs = []
    for _ in range(2):
        layer, variables = initialised(subject, seed)
        args = inputs(subject.args, seed)
        output = layer(*fresh(args), rngs=subject.rngs(seed + 1), **fresh(subject.training_call))
        keys = {name: stream() for name, stream in subject.rngs(seed + 1).items()}
        expected, _ = applied(subject, variables, keys, *args, **subject.training_call)
        assert_same(output, expected)
        outputs.append(output)
    assert_same(*outputs)


@of_subjects("draws")
def test_default_stream(subject: Subject, seed: int) -> None:
    """`nnx.Rngs(seed)` supplies every RNG stream that the module draws from."""
    layer = bridge.ToNNX(subject.linen(), rngs=nnx.Rngs(seed))
    bridge.lazy_init(layer, *subject.first_args, **subject.first_kwargs)
    output, expected, _ = called(
        subject, layer, linen_variables(layer), *inputs(subject.args, seed), **subject.training_call
    )
    assert_same(output, expected)


@of_subjects("methods")
def test_methods(subject: Subject, seed: int) -> None:
    """A method of the Linen module, called by name or by function, matches plain Linen in output and variables."""
    layer, variables = initialised(subject, seed)
    for name, method in subject.methods.items():
        for named in (name, getattr(type(subject.linen()), name)):
            args = inputs(method.args, seed)
            variables = assert_call_agrees(subject, layer, variables, *args, method=named, **method.call)


@of_subjects("methods")
def test_methods_as_attributes(subject: Subject, seed: int) -> None:
    """A method of the Linen module, called on the layer, matches plain Linen in output and variables."""
    # Excused: On Flax 0.9.0 to 0.10.6 a layer does not have the methods of its Linen module.
    if reason := flax_api.missing("nnx.bridge.ToNNX.__getattr__"):
        pytest.skip(reason)
    layer, variables = initialised(subject, seed)
    for name, method in subject.methods.items():
        args = inputs(method.args, seed)
        with capture_linen_rngs() as keys:
            output = getattr(layer, name)(*args, **method.call)
        expected, variables = applied(subject, variables, keys, *args, method=name, **method.call)
        assert_same(output, expected)
        assert_same(linen_variables(layer), variables)


# Side effects and structure.


@of_subjects()
def test_no_side_effects(subject: Subject, seed: int) -> None:
    """`lazy_init` and calls do not change the Linen module, the caller's `nnx.Rngs` or arguments that Linen keeps."""
    module, rngs, plain = subject.linen(), subject.rngs(seed), subject.linen()
    described, streams = repr(module), flax_api.seeds(rngs)
    given, expected = Given.of(subject, seed), Given.of(subject, seed)
    with capture_linen_rngs() as keys:
        layer = bridge.ToNNX(module, rngs=rngs)
        bridge.lazy_init(layer, *given.first, **given.first_kwargs)
    variables = plain.init(keys, *expected.first, **expected.first_kwargs)
    for more in ({}, {"rngs": rngs}):
        with capture_linen_rngs() as keys:
            layer(*given.args, **given.kwargs, **more)
        plain.apply(variables, *expected.args, rngs=keys, **expected.kwargs)
    assert_same(given, expected)
    assert repr(module) == described
    assert module.scope is None
    assert_same(flax_api.seeds(rngs), streams)


@of_subjects()
def test_structure_of_the_state(subject: Subject, seed: int) -> None:
    """`nnx.jit` traces a training step as often as `jax.jit` in plain Linen, and the state keeps its structure."""
    layer, variables = initialised(subject, seed)
    grows = grown(subject, variables)
    arrays, with_arrays = split_arrays(inputs(subject.args, seed))
    keys = {name: jax.random.key(seed) for name in ("params", *subject.streams)}
    traces: dict[str, int] = {"nnx": 0, "linen": 0}

    @nnx.jit
    def step(layer: Any, arrays: Any) -> Any:
        traces["nnx"] += 1
        return Emitted().arrays(layer(*with_arrays(arrays), **subject.training_call))

    @jax.jit
    def plain_step(variables: Any, arrays: Any) -> Any:
        traces["linen"] += 1
        output, after = applied(subject, variables, keys, *with_arrays(arrays), **subject.training_call)
        return Emitted().arrays(output), after

    without_grown(layer, grows)
    variables = without(variables, grows)
    kept, expected = [], []
    for _ in range(3):
        before, plain_before = jax.tree.structure(nnx.split(layer)), jax.tree.structure(variables)
        step(layer, arrays)
        variables = without(plain_step(variables, arrays)[1], grows)
        kept.append(jax.tree.structure(nnx.split(without_grown(layer, grows))) == before)
        expected.append(jax.tree.structure(variables) == plain_before)
    assert kept[1:] == expected[1:], f"a call keeps the structure: {kept[1:]}, in plain Linen: {expected[1:]}"
    # Sown values that are popped cost plain NNX one more trace.
    assert traces["nnx"] <= traces["linen"] + bool(grows), traces


# Gradients and training.


@of_subjects("learns")
def test_gradients(subject: Subject, seed: int) -> None:
    """`nnx.grad` of a training call matches `jax.grad` in plain Linen in gradients and in updated variables."""
    layer, variables = initialised(subject, seed)
    args = inputs(subject.args, seed)
    with capture_linen_rngs() as keys:
        gradients = nnx.grad(lambda layer: loss(arrays_of(layer(*fresh(args), **subject.training_call))))(layer)
    expected, after = jax.grad(loss_of(subject, variables, keys, args), has_aux=True)(variables["params"])
    assert_same(linen_variables(layer), after)
    nnx.update(layer, gradients)
    assert_same(linen_variables(layer)["params"], expected)
    skip_where_all_are_zero(expected)


@of_subjects("learns")
def test_gradients_of_split_layers(subject: Subject, seed: int) -> None:
    """`jax.grad` with respect to the parameters of a split layer gives the same gradients as in plain Linen."""
    layer, variables = initialised(subject, seed)
    args = inputs(subject.args, seed)
    graph, params, rest = nnx.split(layer, nnx.Param, ...)

    def function(params: Any) -> Any:
        return loss(arrays_of(flax_api.merged(graph, params, rest)(*fresh(args), **subject.training_call)))

    with capture_linen_rngs() as keys:
        gradients = jax.grad(function)(params)
    expected, _ = jax.grad(loss_of(subject, variables, keys, args), has_aux=True)(variables["params"])
    nnx.update(layer, gradients)
    assert_same(linen_variables(layer)["params"], expected)
    skip_where_all_are_zero(expected)


def arrays_of(output: Any) -> list[Any]:
    return Emitted().arrays(output)


def loss_of(subject: Subject, variables: dict[str, Any], keys: dict[str, jax.Array], args: Any) -> Any:
    def function(params: Any) -> Any:
        output, after = applied(subject, {**variables, "params": params}, keys, *args, **subject.training_call)
        return loss(arrays_of(output)), after

    return function


@of_subjects("learns")
def test_training(subject: Subject, seed: int) -> None:
    """Three steps of `nnx.Optimizer` with Adam give the same variables as in plain Linen."""
    layer, variables = initialised(subject, seed)
    transformation = optax.adam(0.1)
    step, momenta = flax_api.optimizer(layer, transformation), transformation.init(variables["params"])
    for number in range(3):
        args = inputs(subject.args, seed + number)
        with capture_linen_rngs() as keys:
            step(
                nnx.grad(lambda layer, args: loss(arrays_of(layer(*fresh(args), **subject.training_call))))(layer, args)
            )
        gradients, variables = jax.grad(loss_of(subject, variables, keys, args), has_aux=True)(variables["params"])
        updates, momenta = transformation.update(gradients, momenta, variables["params"])
        variables = {**variables, "params": optax.apply_updates(variables["params"], updates)}
        assert_same(linen_variables(layer), variables)


# Copies, states and checkpoints.


@of_subjects()
def test_split_and_merge(subject: Subject, seed: int) -> None:
    """A layer has the same variables and output after `nnx.split` and `nnx.merge`."""
    layer, variables = initialised(subject, seed)
    merged = nnx.merge(*nnx.split(layer))
    assert_same(linen_variables(merged), variables)
    assert_call_agrees(subject, merged, variables, *inputs(subject.args, seed), **subject.training_call)


@of_subjects()
def test_copies(subject: Subject, seed: int) -> None:
    """`nnx.clone` and `copy.deepcopy` give layers that compute the same and do not share variables."""
    layer, variables = initialised(subject, seed)
    for copied in (nnx.clone(layer), copy.deepcopy(layer)):
        args = inputs(subject.args, seed)
        assert_call_agrees(subject, copied, variables, *args, **subject.training_call)
        flax_api.map_params(lambda value: value + 1, copied)
        assert_same(linen_variables(layer), variables)


@of_subjects("parameters")
def test_update(subject: Subject, seed: int) -> None:
    """After `nnx.update` with the state of another layer, the layer has the parameters of the other, boxes included."""
    layer, variables = initialised(subject, seed)
    other, others = initialised(subject, seed + 1)
    nnx.update(layer, nnx.state(other, nnx.Param))
    variables = {**variables, "params": others["params"]}
    assert_same(linen_variables(layer), variables)
    assert_call_agrees(subject, layer, variables, *inputs(subject.args, seed), **subject.plain_call)


@of_subjects("shapes")
def test_filters(subject: Subject, seed: int) -> None:
    """`nnx.state` and `nnx.pop` with the `Variable` type of a collection return exactly that collection."""
    for collection in subject.shapes:
        layer, variables = initialised(subject, seed)
        kind = flax_api.type_of(collection)
        taken = [name for name in variables if issubclass(flax_api.type_of(name), kind)]
        expected = {name: variables[name] for name in taken}
        assert_same(sorted_leaves(nnx.state(layer, kind)), sorted_leaves(expected))
        assert_same(sorted_leaves(nnx.pop(layer, kind)), sorted_leaves(expected))
        assert_same(linen_variables(layer), without(variables, taken))


@of_subjects("shapes")
def test_msgpack(subject: Subject, seed: int) -> None:
    """The pure dict of a layer's state, written as msgpack, restores another layer to the same variables."""
    # Excused: Flax 0.9.0 has no pure dicts of states.
    if not flax_api.has_pure_dicts():
        pytest.skip("this release has no pure dictionaries of states")
    layer, variables = initialised(subject, seed)
    other, _ = initialised(subject, seed + 1)
    grows = grown(subject, variables)
    # Excused: Flax cannot write these variables in plain Linen either.
    try:
        serialization.to_bytes(without(variables, grows))
    except Exception as error:
        pytest.skip(f"Flax cannot write plain Linen's variables as msgpack ({in_one_line(error)})")
    flax_api.restore(without_grown(other, grows), flax_api.saved(without_grown(layer, grows)))
    assert_same(as_arrays(linen_variables(other)), as_arrays(linen_variables(layer)))


@of_subjects("shapes")
def test_orbax(subject: Subject, seed: int) -> None:
    """The pure dict of a layer's state, written by Orbax, restores another layer to the same variables."""
    # Excused: Flax 0.9.0 has no pure dicts of states.
    if not flax_api.has_pure_dicts():
        pytest.skip("this release has no pure dictionaries of states")
    layer, variables = initialised(subject, seed)
    other, _ = initialised(subject, seed + 1)
    grows = grown(subject, variables)
    without_grown(layer, grows), without_grown(other, grows)
    with tempfile.TemporaryDirectory() as folder, ocp.StandardCheckpointer() as checkpointer:
        path = Path(folder).resolve() / "state"
        checkpointer.save(path, flax_api.pure_dict(layer))
        checkpointer.wait_until_finished()
        flax_api.set_pure_dict(other, checkpointer.restore(path))
    assert_same(as_arrays(linen_variables(other)), as_arrays(linen_variables(layer)))


# Transforms.


@of_subjects()
def test_jit(subject: Subject, seed: int) -> None:
    """`nnx.jit` of a training step matches `jax.jit` in plain Linen in output and in updated variables."""
    layer, variables = initialised(subject, seed)
    arrays, with_arrays = split_arrays(inputs(subject.args, seed))
    emitted, plain = Emitted(), Emitted()

    @nnx.jit
    def step(layer: Any, arrays: Any) -> Any:
        with capture_linen_rngs() as keys:
            output = layer(*with_arrays(arrays), **subject.training_call)
        return emitted.arrays(output), dict(keys)

    @jax.jit
    def plain_step(variables: Any, keys: Any, arrays: Any) -> Any:
        output, after = applied(subject, variables, keys, *with_arrays(arrays), **subject.training_call)
        return plain.arrays(output), after

    output, keys = step(layer, arrays)
    assert_computed((emitted.whole(output), linen_variables(layer)), plain.of(plain_step), variables, keys, arrays)


@of_subjects()
def test_ensemble(subject: Subject, seed: int) -> None:
    """`nnx.vmap` over the creation and the call of layers matches `jax.vmap` in plain Linen."""
    args = inputs(subject.args, seed)
    emitted, plain = Emitted(), Emitted()

    @nnx.vmap
    def make(key: jax.Array) -> Any:
        with capture_linen_rngs() as keys:
            layer = bridge.ToNNX(subject.linen(), rngs=nnx.Rngs(key))
            bridge.lazy_init(layer, *subject.first_args, **subject.first_kwargs)
        return layer, dict(keys)

    @nnx.vmap
    def call(layer: Any) -> Any:
        with capture_linen_rngs() as keys:
            output = layer(*fresh(args), **subject.training_call)
        return emitted.arrays(output), dict(keys)

    @jax.vmap
    def plain_call(variables: Any, keys: Any) -> Any:
        output, after = applied(subject, variables, keys, *args, **subject.training_call)
        return plain.arrays(output), after

    layers, keys = make(jax.random.split(jax.random.key(seed), 3))
    variables = jax.vmap(lambda keys: subject.linen().init(keys, *subject.first_args, **subject.first_kwargs))(keys)
    assert_same(linen_variables(layers), variables)
    output, keys = call(layers)
    assert_computed((emitted.whole(output), linen_variables(layers)), plain.of(plain_call), variables, keys)


@of_subjects()
def test_eval_shape(subject: Subject, seed: int) -> None:
    """`nnx.eval_shape` of layer creation gives the shapes, dtypes and boxes of plain Linen's variables."""
    args = inputs(subject.first_args, seed)

    def make() -> Any:
        layer = uninitialised(subject, seed)
        bridge.lazy_init(layer, *args, **subject.first_kwargs)
        return layer

    assert_same(shapes(linen_variables(nnx.eval_shape(make))), shapes(subject.shapes))


@of_subjects("learns")
def test_remat(subject: Subject, seed: int) -> None:
    """Gradients through `nnx.remat` equal those through `jax.checkpoint` in plain Linen."""
    layer, variables = initialised(subject, seed)
    arrays, with_arrays = split_arrays(inputs(subject.args, seed))

    @nnx.remat
    def call(layer: Any, arrays: Any) -> Any:
        with capture_linen_rngs() as keys:
            output = layer(*with_arrays(arrays), **subject.plain_call)
        return arrays_of(output), {name: jax.random.key_data(key) for name, key in keys.items()}

    def loss_of_the_layer(layer: Any) -> Any:
        output, keys = call(layer, arrays)
        return loss(output), keys

    @jax.checkpoint
    def function(params: Any, keys: Any, arrays: Any) -> Any:
        given = {**variables, "params": params}
        return arrays_of(applied(subject, given, keys, *with_arrays(arrays), **subject.plain_call)[0])

    gradients, data = nnx.grad(loss_of_the_layer, has_aux=True)(layer)
    keys = {name: jax.random.wrap_key_data(one) for name, one in data.items()}
    expected = jax.grad(lambda params, keys, arrays: loss(function(params, keys, arrays)))
    nnx.update(layer, gradients)
    found = assert_computed(linen_variables(layer)["params"], expected, variables["params"], keys, arrays)
    skip_where_all_are_zero(found)


@of_subjects()
def test_scan(subject: Subject, seed: int) -> None:
    """`nnx.scan` of training steps matches `jax.lax.scan` in plain Linen in outputs and in updated variables."""
    layer, variables = initialised(subject, seed)
    grows = grown(subject, variables)
    # A variable that a call creates cannot be carried by a scan, also not in plain Linen.
    if is_completed_by_a_call(subject, variables):
        variables = assert_call_agrees(subject, layer, variables, *inputs(subject.args, seed), **subject.training_call)
    layer, variables = without_grown(layer, grows), without(variables, grows)
    several = [split_arrays(inputs(subject.args, seed + number)) for number in range(1, 4)]
    with_arrays = several[0][1]
    emitted, plain = Emitted(), Emitted()

    @nnx.scan(in_axes=(nnx.Carry, 0), out_axes=(nnx.Carry, 0), length=3)
    def steps(layer: Any, arrays: Any) -> Any:
        with capture_linen_rngs() as keys:
            output = layer(*with_arrays(arrays), **subject.training_call)
        return without_grown(layer, grows), (emitted.arrays(output), dict(keys))

    def plain_step(variables: Any, given: Any) -> Any:
        keys, arrays = given
        output, after = applied(subject, variables, keys, *with_arrays(arrays), **subject.training_call)
        return without(after, grows), plain.arrays(output)

    arrays = stacked([arrays for arrays, _ in several])

    @jax.jit
    def plain_steps(variables: Any, keys: Any, arrays: Any) -> Any:
        after, outputs = jax.lax.scan(plain_step, variables, (keys, arrays), length=3)
        return outputs, after

    layer, (outputs, keys) = steps(layer, arrays)
    found = emitted.whole(outputs), numbers_as_arrays(linen_variables(layer))
    assert_computed(found, plain.of(plain_steps), variables, keys, arrays)


@of_subjects("keeps_still")
def test_closures(subject: Subject, seed: int) -> None:
    """A layer without `rngs`, closed over by a `jax.jit` function, gives plain Linen's output and does not change."""
    layer = bridge.ToNNX(subject.linen())
    bridge.lazy_init(layer, *subject.first_args, rngs=subject.rngs(seed), **subject.first_kwargs)
    variables = linen_variables(layer)
    held, with_held = split_arrays(variables)
    arrays, with_arrays = split_arrays(inputs(subject.args, seed))
    emitted, plain = Emitted(), Emitted()

    @jax.jit
    def call(arrays: Any) -> Any:
        with capture_linen_rngs() as keys:
            output = layer(*with_arrays(arrays), rngs=subject.rngs(seed), **subject.kwargs)
        return emitted.arrays(output), dict(keys)

    @jax.jit
    def plain_call(held: Any, keys: Any, arrays: Any) -> Any:
        # Only arrays can be arguments of a compiled function, also in a closure.
        return plain.arrays(applied(subject, with_held(held), keys, *with_arrays(arrays), **subject.kwargs)), {}

    output, keys = call(arrays)
    found = emitted.whole(output), linen_variables(layer)
    assert_computed((found, {}), plain.of(plain_call), held, keys, arrays)


# Display and exceptions.


@of_subjects()
def test_repr_and_display(subject: Subject, seed: int) -> None:
    """`repr` shows the Linen module and, after `lazy_init`, the parameters as plain NNX does; `nnx.display` works."""
    layer = uninitialised(subject, seed)
    shown = repr(layer)
    for line in repr(subject.linen()).splitlines():
        assert line.strip() in shown, f"{line.strip()!r} is missing"
    layer, variables = initialised(subject, seed)
    for name in variables.get("params", {}):
        assert name in repr(layer) or name not in repr(module_with(name))
    nnx.display(layer)


@of_subjects()
def test_wrong_arguments(subject: Subject, seed: int) -> None:
    """Arguments that plain Linen rejects raise the same exception, and the layer does not change."""
    for args, wrong in (
        ((), {}),
        (subject.args, {"no_such_argument": 1}),
        (subject.args, {"method": "no_such_method"}),
    ):
        layer, variables = initialised(subject, seed)
        assert_call_raises_alike(subject, layer, variables, *args, **subject.plain_call, **wrong)


@of_subjects("parameters")
def test_missing_parameters(subject: Subject, seed: int) -> None:
    """A call without parameters raises the same exception as in plain Linen."""
    layer, _ = initialised(subject, seed)
    flax_api.delete_params(layer)
    assert_call_raises_alike(subject, layer, linen_variables(layer), *fresh(subject.args), **subject.plain_call)


@of_subjects("mutable")
def test_immutable_collections(subject: Subject, seed: int) -> None:
    """A training call without `mutable` raises the same exception, or changes as little, as in plain Linen."""
    layer, variables = initialised(subject, seed)
    kwargs = {name: value for name, value in subject.training_call.items() if name != "mutable"}
    assert_call_raises_alike(subject, layer, variables, *subject.args, **kwargs)


@of_subjects("draws")
def test_missing_streams(subject: Subject, seed: int) -> None:
    """A call without its RNG streams raises the same exception as in plain Linen."""
    layer = bridge.ToNNX(subject.linen(), rngs=nnx.Rngs(params=seed))
    bridge.lazy_init(layer, *subject.first_args, **subject.first_kwargs)
    assert_call_raises_alike(
        subject, layer, linen_variables(layer), *subject.args, rngs=nnx.Rngs(other=seed), **subject.training_call
    )
