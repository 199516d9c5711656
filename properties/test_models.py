"""Generic properties of any NNX model that holds bridged Linen layers."""

import contextlib
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
from impl.flax_api import capture_bridged_calls
from impl.model import Model
from impl.subject import fresh
from properties.support.comparison import assert_same, opened, split_arrays
from properties.support.devices import devices
from properties.support.model_observations import (
    SEED,
    Observe,
    compilations,
    first_numbers,
    forms_of,
    observes_models,
    paths_of,
    shardings_of,
    with_a_ramp,
)
from properties.support.model_runs import (
    TRANSFORMATION,
    Training,
    assert_plain_linen_agrees,
    assert_runs_alike,
    bridged_calls,
    called,
    loss_of,
    of_models,
)
from properties.support.rounding import assert_run_alike
from properties.support.subject_runs import Emitted, skip_where_all_are_zero
from properties.support.subject_values import inputs, shapes

# Initialization.


@of_models()
def test_same_seed(model: Model, seed: int) -> None:
    """Two models of one seed have the same state and give the same outputs, bit for bit."""
    assert_runs_alike(model, model.initialised(seed), model.initialised(seed), seed)


@of_models()
def test_bridged_layers_initialise(model: Model, seed: int) -> None:
    """During the initialization each bridged layer gets the variables that plain Linen's `init` makes of its keys."""
    built = model.constructed(seed)
    assert_plain_linen_agrees(bridged_calls(lambda: model.initialise(built)))


@of_models()
def test_initialisation_reaches_every_layer(model: Model, seed: int) -> None:
    """The initialization of a model initializes every bridged layer that a call uses."""
    with capture_bridged_calls() as calls:
        built = model.initialised(seed)
    reached = {id(call.layer) for call in calls if call.is_initialisation}
    used = {id(call.layer) for call in bridged_calls(lambda: called(model, built, seed))}
    held = {id(layer) for layer in flax_api.bridged_layers(built)}
    assert used & held <= reached, f"{len(used & held - reached)} of {len(held)} layers are not initialized"


@of_models("is_initialised_lazily")
def test_second_lazy_init(model: Model, seed: int) -> None:
    """A second `lazy_init` keeps paths, shapes and dtypes; each bridged layer gets variables as plain Linen does."""
    built = model.initialised(seed)
    before = _layers(built)
    assert_plain_linen_agrees(bridged_calls(lambda: model.initialise(built)))
    assert_same(_layers(built), before)


def _layers(built: Any) -> list[Any]:
    """The paths, shapes and dtypes of each bridged layer; what a model makes beside them is its own affair."""
    return [shapes(flax_api.pure_state(layer)) for layer in flax_api.bridged_layers(built)]


@of_models("is_initialised_lazily")
def test_order_of_lazy_init(model: Model, seed: int) -> None:
    """Bridged layers that were initialized one by one, the last first, have the paths, shapes and dtypes of others."""
    whole, built = model.initialised(seed), model.constructed(seed)
    other = model.constructed(seed)
    calls = bridged_calls(lambda: model.initialise(other))
    places = {id(layer): place for place, layer in enumerate(flax_api.bridged_layers(other))}
    first = {places[id(call.layer)]: call for call in reversed(calls) if id(call.layer) in places}
    for place, call in first.items():
        bridge.lazy_init(flax_api.bridged_layers(built)[place], *fresh(call.args), **call.kwargs)
    # Excused: A layer that is only called inside a transform of the model's own is not initialized by itself.
    if not first:
        pytest.skip("no bridged layer is called outside of a transform")
    assert_same([_layers(built)[place] for place in first], [_layers(whole)[place] for place in first])


@of_models()
def test_no_side_effects(model: Model, seed: int) -> None:
    """Initialization, a call and a training step leave the arguments as the caller gave them."""
    given, kept = _copied(model.args), opened(_copied(model.args))
    keywords, kept_keywords = model.training_call, _copied(model.training_call)
    built = model.constructed(seed)
    model.initialise(built)
    built(*given, **keywords)
    loss_of(model, built, given)
    assert_same(opened(given), kept)
    assert_same(keywords, kept_keywords)


def _copied(tree: Any) -> Any:
    return jax.tree.map(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, tree)


# The bridged layers inside.


@of_models()
def test_bridged_layers_call(model: Model, seed: int) -> None:
    """In a call each bridged layer gives the output of plain Linen for what it is really called with."""
    built = model.initialised(seed)
    assert_plain_linen_agrees(bridged_calls(lambda: built(*fresh(inputs(model.args, seed)), **model.plain_call)))


@of_models()
def test_bridged_layers_train(model: Model, seed: int) -> None:
    """In three training calls each bridged layer gives the output and leaves the variables of plain Linen."""
    built = model.initialised(seed)
    for number in range(3):
        assert_plain_linen_agrees(bridged_calls(partial(called, model, built, seed + number)))


# Copies, states and checkpoints.


@of_models()
def test_split_and_merge(model: Model, seed: int) -> None:
    """A model has the same state and outputs after `nnx.split` and `nnx.merge`."""
    built = model.initialised(seed)
    assert_runs_alike(model, flax_api.merged(*nnx.split(built)), built, seed)


@of_models()
def test_copies(model: Model, seed: int) -> None:
    """`nnx.clone` and `copy.deepcopy` give models that compute the same and do not share variables."""
    built = model.initialised(seed)
    before = flax_api.pure_state(built)
    for copied in (nnx.clone(built), copy.deepcopy(built)):
        assert_runs_alike(model, copied, nnx.clone(built), seed)
        flax_api.map_params(lambda value: value + 1, copied)
        assert_same(flax_api.pure_state(built), before)


@of_models()
def test_update(model: Model, seed: int) -> None:
    """After `nnx.update` with the whole state of another model, a model has its state and gives its outputs."""
    built, other = model.initialised(seed), model.initialised(seed + 1)
    nnx.update(built, nnx.state(nnx.clone(other)))
    assert_runs_alike(model, built, other, seed)


@of_models()
def test_abstract_model(model: Model, seed: int) -> None:
    """`nnx.eval_shape` gives the paths, shapes and dtypes of the state; filled with it, the model gives its outputs."""
    built = model.initialised(seed)
    abstract = nnx.eval_shape(lambda: model.initialised(seed))
    graph, state = nnx.split(abstract)
    real = nnx.state(nnx.clone(built))
    assert_same(shapes(_by_path(state)), shapes(_by_path(real)))
    assert_runs_alike(model, flax_api.merged(graph, real), built, seed)


def _by_path(state: Any) -> dict[str, Any]:
    return {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_flatten_with_path(state)[0]}


@of_models()
def test_msgpack(model: Model, seed: int) -> None:
    """The pure dict of a trained model, written as msgpack, restores another model to the same future."""
    trained, other = _trained_and_other(model, seed)
    flax_api.restore(other, flax_api.saved(trained))
    _assert_same_future(model, trained, other, seed)


@of_models()
def test_orbax(model: Model, seed: int) -> None:
    """The pure dict of a trained model, written by Orbax, restores another model to the same future."""
    trained, other = _trained_and_other(model, seed)
    with tempfile.TemporaryDirectory() as folder, ocp.StandardCheckpointer() as checkpointer:
        path = Path(folder).resolve() / "state"
        checkpointer.save(path, flax_api.pure_dict(trained))
        checkpointer.wait_until_finished()
        flax_api.set_pure_dict(other, checkpointer.restore(path))
    _assert_same_future(model, trained, other, seed)


def _trained_and_other(model: Model, seed: int) -> tuple[Any, Any]:
    """A model after a step of training, and one of the same structure whose parameters are others."""
    # Excused: Flax 0.9.0 has no pure dicts of states.
    if not flax_api.has_pure_dicts():
        pytest.skip("this release has no pure dictionaries of states")
    trained = model.initialised(seed)
    Training(model, trained).step(model, inputs(model.args, seed))
    # Excused: Orbax saves no empty dict, and there is nothing to restore.
    if not jax.tree.leaves(flax_api.pure_dict(trained)):
        pytest.skip("the model has no variables")
    other = flax_api.merged(*nnx.split(trained))
    flax_api.map_params(lambda value: value + 1, other)
    return trained, other


def _assert_same_future(model: Model, trained: Any, other: Any, seed: int) -> None:
    for built in (trained, other):
        Training(model, built).step(model, inputs(model.args, seed + 1))
    assert_runs_alike(model, other, trained, seed)


# Gradients and training.


@of_models()
def test_gradients(model: Model, seed: int) -> None:
    """`nnx.grad` gives the gradients of `jax.grad` with respect to the parameters of the split model."""
    built = model.initialised(seed)
    args = inputs(model.args, seed)
    graph, params, rest = nnx.split(nnx.clone(built), nnx.Param, ...)
    gradients = nnx.grad(lambda built: loss_of(model, built, args))(built)
    expected = jax.grad(lambda params: loss_of(model, flax_api.merged(graph, params, rest), args))(params)
    assert_same(_by_path(gradients), _by_path(expected))
    skip_where_all_are_zero(expected)


@of_models()
def test_training(model: Model, seed: int) -> None:
    """Three steps of `nnx.Optimizer` give the losses and the state of three steps with optax on the split model."""
    training = Training(model, model.initialised(seed))
    graph, params, rest = nnx.split(nnx.clone(training.built), nnx.Param, ...)
    momenta = TRANSFORMATION.init(params)
    for number in range(3):
        args = inputs(model.args, seed + number)

        def function(params: Any, rest: Any, args: Any = args, graph: Any = graph) -> Any:
            whole = flax_api.merged(graph, params, rest)
            given = loss_of(model, whole, args)
            after, _, others = nnx.split(whole, nnx.Param, ...)
            return given, (after, others)

        (expected, (graph, rest)), gradients = jax.value_and_grad(function, has_aux=True)(params, rest)
        updates, momenta = TRANSFORMATION.update(gradients, momenta, params)
        params = optax.apply_updates(params, updates)
        assert_same(training.step(model, args), expected)
    after = flax_api.merged(graph, params, rest)
    assert_same(flax_api.pure_state(training.built), flax_api.pure_state(after))


# Transforms.


@of_models()
def test_jit(model: Model, seed: int) -> None:
    """`nnx.jit` of a training call gives the output and the state of an eager call within measured rounding."""
    built = model.initialised(seed)
    graph, state = nnx.split(nnx.clone(built))
    arrays, with_arrays = split_arrays(inputs(model.args, seed))
    emitted, plain = Emitted(), Emitted()

    @nnx.jit
    def call(built: Any, arrays: Any) -> Any:
        return emitted.arrays(built(*with_arrays(arrays), **model.training_call))

    def plain_call(state: Any, arrays: Any) -> Any:
        whole = flax_api.merged(graph, state)
        return plain.arrays(whole(*with_arrays(arrays), **model.training_call)), flax_api.pure_state(whole)

    output = call(built, arrays)
    assert_run_alike((emitted.whole(output), flax_api.pure_state(built)), plain.of(plain_call), state, arrays)


@of_models()
def test_jit_of_training(model: Model, seed: int) -> None:
    """`nnx.jit` of a training step gives the loss and the state of an eager step within measured rounding."""
    training = Training(model, model.initialised(seed))
    graph, state = nnx.split(nnx.clone(training))
    arrays, with_arrays = split_arrays(inputs(model.args, seed))

    @nnx.jit
    def step(training: Any, arrays: Any) -> Any:
        return training.step(model, with_arrays(arrays))

    def plain_step(state: Any, arrays: Any) -> Any:
        whole = flax_api.merged(graph, state)
        return whole.step(model, with_arrays(arrays)), flax_api.pure_state(whole)

    given = step(training, arrays)
    assert_run_alike((given, flax_api.pure_state(training)), plain_step, state, arrays)


@of_models()
def test_jit_of_construction(model: Model, seed: int) -> None:
    """A model made under `nnx.jit` has the paths, shapes and dtypes of one made eagerly, and the same RNG streams."""
    compiled, eager = nnx.jit(lambda: model.initialised(seed))(), model.initialised(seed)
    assert_same(shapes(flax_api.pure_state(compiled)), shapes(flax_api.pure_state(eager)))
    assert_same(_whole_numbers(flax_api.pure_state(compiled)), _whole_numbers(flax_api.pure_state(eager)))


def _whole_numbers(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {path: array for path, array in state.items() if array.dtype.kind in "iub"}


@of_models()
def test_traces(model: Model, seed: int) -> None:
    """`nnx.jit` traces a training call once for each structure that the state has before it."""
    built = model.initialised(seed)
    arrays, with_arrays = split_arrays(inputs(model.args, seed))
    traces: list[str] = []
    structures = []

    @nnx.jit
    def call(built: Any, arrays: Any) -> Any:
        traces.append("a trace")
        return Emitted().arrays(built(*with_arrays(arrays), **model.training_call))

    for _ in range(3):
        structures.append(str(shapes(flax_api.pure_state(built))))
        call(built, arrays)
    assert len(traces) == len(set(structures)), f"{len(traces)} traces of {len(set(structures))} structures"


@of_models()
def test_closures(model: Model, seed: int) -> None:
    """A split model, closed over by `jax.jit` and merged inside, gives the output of an eager call."""
    built = model.initialised(seed)
    graph, state = nnx.split(nnx.clone(built))
    arrays, with_arrays = split_arrays(inputs(model.args, seed))
    emitted, plain = Emitted(), Emitted()

    @jax.jit
    def call(arrays: Any) -> Any:
        return emitted.arrays(flax_api.merged(graph, state)(*with_arrays(arrays), **model.plain_call))

    def plain_call(state: Any, arrays: Any) -> Any:
        return plain.arrays(flax_api.merged(graph, state)(*with_arrays(arrays), **model.plain_call)), {}

    assert_run_alike((emitted.whole(call(arrays)), {}), plain.of(plain_call), state, arrays)


@of_models()
def test_ensemble(model: Model, seed: int) -> None:
    """`nnx.vmap` makes three models, each with the state of one made alone but for rounding, and RNG streams alike."""
    keys = jax.random.split(jax.random.key(seed), 3)
    several = nnx.vmap(model.initialised)(keys)
    alone = [flax_api.pure_state(model.initialised(key)) for key in keys]
    found = flax_api.pure_state(several)
    stacked = {path: np.stack([one[path] for one in alone]) for path in alone[0]}
    assert_same(shapes(found), shapes(stacked))
    assert_same(_whole_numbers(found), _whole_numbers(stacked))


# Devices, modes and display.


@of_models()
def test_devices(model: Model, seed: int) -> None:
    """A model moved to another device by `jax.device_put` of its state gives the same bits there."""
    # Excused: A mesh has devices of its own.
    if model.mesh:
        pytest.skip("it belongs to the devices of its mesh")
    built = model.initialised(seed)
    moved = nnx.clone(built)
    device = devices()[-1]
    nnx.update(moved, jax.device_put(nnx.state(moved), device))
    arrays, with_arrays = split_arrays(inputs(model.args, seed))
    here, there = (
        Emitted().arrays(one(*with_arrays(jax.device_put(arrays, place)), **model.training_call))
        for one, place in ((built, devices()[0]), (moved, device))
    )
    assert_same(there, here)
    assert all(array.devices() == {device} for array in there)


@of_models()
def test_modes(model: Model, seed: int) -> None:
    """`train()` and then `eval()` leave a model that gives what `eval()` alone leaves."""
    switched, evaluated = model.initialised(seed), model.initialised(seed)
    switched.train()
    for built in (switched, evaluated):
        built.eval()
    assert_runs_alike(model, switched, evaluated, seed)


@of_models()
def test_repr_and_display(model: Model, seed: int) -> None:
    """`repr` shows the Linen module of each bridged layer, and `nnx.display` works."""
    built = model.initialised(seed)
    shown = repr(built)
    for layer in flax_api.bridged_layers(built):
        for line in repr(flax_api.wrapped_linen_module(layer)).splitlines():
            assert line.strip() in shown, f"{line.strip()!r} is missing"
    nnx.display(built)


@of_models("is_initialised_lazily")
def test_call_before_lazy_init(model: Model, seed: int) -> None:
    """After a call before `lazy_init`, which may raise, bridged layers get the paths and shapes of fresh ones."""
    built = model.constructed(seed)
    # Excused: A model may initialize itself in its first call, and which exception is raised else is not specified.
    with contextlib.suppress(Exception):
        called(model, built, seed)
    model.initialise(built)
    assert_same(_layers(built), _layers(model.initialised(seed)))


# Observations: what nobody promises, and a user notices when it changes. Nothing here fails.


@observes_models
def test_first_weights(model: Model, observe: Observe) -> None:
    """The first weights of a model for one seed, to four digits.

    Restore a checkpoint instead of initializing again: a seed does not reproduce a run of an older release.
    """
    weights = flax_api.params(model.initialised(SEED)).values()
    observe(f"the same seed gives `{model.name}` the weights", first_numbers(weights))


@observes_models
def test_outputs(model: Model, observe: Observe) -> None:
    """The output of a model for fixed parameters, to four digits.

    Compare what your model gives on both releases with your own checkpoint.
    """
    output = with_a_ramp(model.initialised(SEED))(*fresh(model.args), **model.plain_call)
    observe(f"the same parameters give `{model.name}` the output", first_numbers(split_arrays(opened(output))[0]))


@observes_models
def test_paths_of_the_state(model: Model, observe: Observe) -> None:
    """Where a model keeps its params and its other variables.

    Rename the paths in old checkpoints before you restore them, and in code that filters or shards by path.
    """
    built = model.initialised(SEED)
    observe(f"params of `{model.name}` move", paths_of(built, params=True))
    observe(f"other variables of `{model.name}` move", paths_of(built, params=False))


@observes_models
def test_forms_of_the_state(model: Model, observe: Observe) -> None:
    """Which types, dtypes and shapes the variables of a model have, and how they are sharded.

    Change code that filters variables by type, or that expects a dtype, a shape or a sharding.
    """
    built = model.initialised(SEED)
    observe(f"variables of `{model.name}`", forms_of(built))
    observe(f"shardings of `{model.name}`", shardings_of(built))


@observes_models
def test_traces_and_compilations(model: Model, observe: Observe) -> None:
    """How often `nnx.jit` traces, and JAX compiles, three training calls of a model.

    Look for what changes from call to call, such as sown values that are kept: each trace takes its time again.
    """
    built = model.initialised(SEED)
    arrays, with_arrays = split_arrays(model.args)
    traces: list[str] = []

    @nnx.jit
    def called_in_training(built: Any, arrays: Any) -> Any:
        traces.append("a trace")
        return Emitted().arrays(built(*fresh(with_arrays(arrays)), **model.training_call))

    with compilations("called_in_training") as compiled:
        for _ in range(3):
            called_in_training(built, arrays)
    observe(f"traces of `{model.name}` in three calls", len(traces))
    observe(f"compilations of `{model.name}` in three calls", len(compiled))
