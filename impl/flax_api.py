"""The one file that knows how Flax releases differ.

Everything else speaks of parameters as ``{path: array}``, where a path reads
``linen_dense/kernel`` and an array is a plain ``jax.Array``, whichever the
release wraps around it.
"""

import inspect
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib.metadata import version
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import core, nnx, serialization
from flax import linen as nn
from flax.core import meta
from flax.nnx import bridge


def params(model: nnx.Module) -> dict[str, jax.Array]:
    """Every ``nnx.Param`` of ``model`` by its path; empty before ``lazy_init``."""
    return dict(_leaves(nnx.state(model, nnx.Param)))


def state_paths(model: nnx.Module) -> list[str]:
    """The sorted paths of all of ``model``'s state, random streams included."""
    return sorted(path for path, _ in _leaves(nnx.state(model)))


def pure_state(model: nnx.Module) -> dict[str, np.ndarray]:
    """Every array of ``model``'s state by its path, random keys as the integers that they hold."""
    return {path: np.asarray(_plain(leaf)) for path, leaf in _leaves(nnx.state(model))}


def map_params(change: Callable[[jax.Array], Any], model: nnx.Module) -> None:
    """Replace, in place, every parameter of ``model`` by ``change(parameter)``."""
    nnx.update(model, jax.tree.map(change, nnx.state(model, nnx.Param)))


def set_params(model: nnx.Module, values: Mapping[str, Any]) -> None:
    """Replace, in place, the parameters of ``model`` by those of ``values``, which has the same paths."""
    state = nnx.state(model, nnx.Param)
    paths = [path for path, _ in _leaves(state)]
    structure = jax.tree.structure(state)
    nnx.update(model, jax.tree.unflatten(structure, [values[path] for path in paths]))


def bridged_layers(model: nnx.Module) -> list[Any]:
    """Each ``bridge.ToNNX`` of ``model``, at any depth."""
    return [node for _, node in nnx.iter_graph(model) if isinstance(node, bridge.ToNNX)]


def wrapped_linen_module(layer: Any) -> Any:
    """The Linen module inside a ``bridge.ToNNX``."""
    # 0.12.0 renamed the attribute `module` to `to_nnx__module`.
    attributes = vars(layer)
    return attributes["to_nnx__module"] if "to_nnx__module" in attributes else attributes["module"]


def linen_variables(layer: Any) -> dict[str, Any]:
    """The state of a ``bridge.ToNNX`` as Linen has it: ``{collection: {name: {…: leaf}}}``, boxes included.

    A leaf is what the NNX variable holds; its collection follows from the variable's type alone. Random streams
    are the wrapper's own and left out.
    """
    attributes = {name: value for name, value in vars(layer).items() if not isinstance(value, nnx.Rngs)}
    if isinstance(attributes.get("linen_collections"), set):  # 0.9.0 keeps each collection under its name
        trees = {name: tree for name, tree in attributes.items() if isinstance(tree, Mapping)}
        return {name: jax.tree.map(_boxed, tree, is_leaf=_is_variable) for name, tree in trees.items()}
    kinds = {_kind(leaf) for leaf in jax.tree.leaves(attributes, is_leaf=_is_variable) if _is_variable(leaf)}
    return {_collection(kind): _of_collection(attributes, _collection(kind)) for kind in kinds}


@contextmanager
def capture_linen_rngs() -> Iterator[dict[str, jax.Array]]:
    """The keys that a bridged call inside the block passes to Linen, by stream; empty until then.

    How the bridge derives them from an `nnx.Rngs` is not specified, so the same call in plain Linen uses these.
    """
    keys: dict[str, jax.Array] = {}
    init_with_output, apply = nn.Module.init_with_output, nn.Module.apply

    def initialising(module: nn.Module, rngs: Any, *args: Any, **kwargs: Any) -> Any:
        keys.update(keys or (rngs if isinstance(rngs, Mapping) else {"params": rngs}))
        return init_with_output(module, rngs, *args, **kwargs)

    def applying(module: nn.Module, variables: Any, *args: Any, rngs: Any = None, **kwargs: Any) -> Any:
        keys.update(keys or rngs or {})
        return apply(module, variables, *args, rngs=rngs, **kwargs)

    nn.Module.init_with_output, nn.Module.apply = initialising, applying
    try:
        yield keys
    finally:
        nn.Module.init_with_output, nn.Module.apply = init_with_output, apply


class BridgedCall(NamedTuple):
    """A call of a ``bridge.ToNNX``: what it was given, and the variables and the output that it left."""

    layer: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    # The keys that the bridge passed to Linen.
    keys: dict[str, jax.Array]
    is_initialisation: bool
    # The collections that Linen was given, or that its `init` made.
    collections: frozenset[str]
    before: dict[str, Any]
    after: dict[str, Any]
    output: Any


@contextmanager
def capture_bridged_calls() -> Iterator[list[BridgedCall]]:
    """Each call of a ``bridge.ToNNX`` inside the block that ends and computes with values, in the order of their ends.

    A call inside a transform computes with tracers, so there is nothing to compare it with.
    """
    calls: list[BridgedCall] = []
    original = bridge.ToNNX.__call__

    def calling(layer: Any, *args: Any, **kwargs: Any) -> Any:
        before = linen_variables(layer)
        with capture_linen_rngs() as keys, _linen_calls() as made:
            output = original(layer, *args, **kwargs)
        after = linen_variables(layer)
        is_traced = any(
            isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves((args, kwargs, dict(keys), after))
        )
        if made and not is_traced:
            is_initialisation, collections = made[0]
            calls.append(
                BridgedCall(layer, args, kwargs, dict(keys), is_initialisation, collections, before, after, output)
            )
        return output

    bridge.ToNNX.__call__ = calling
    try:
        yield calls
    finally:
        bridge.ToNNX.__call__ = original


@contextmanager
def _linen_calls() -> Iterator[list[tuple[bool, frozenset[str]]]]:
    """Whether each call of Linen inside the block initializes, and with which collections; the outermost is first."""
    made: list[tuple[bool, frozenset[str]]] = []
    init_with_output, apply = nn.Module.init_with_output, nn.Module.apply

    def initialising(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
        place = len(made)
        given = init_with_output(module, *args, **kwargs)
        made.insert(place, (True, frozenset(given[1])))
        return given

    def applying(module: nn.Module, variables: Any, *args: Any, **kwargs: Any) -> Any:
        made.append((False, frozenset(variables)))
        return apply(module, variables, *args, **kwargs)

    nn.Module.init_with_output, nn.Module.apply = initialising, applying
    try:
        yield made
    finally:
        nn.Module.init_with_output, nn.Module.apply = init_with_output, apply


@contextmanager
def streams_drawn() -> Iterator[set[str]]:
    """The names of the streams that Linen modules draw from inside the block."""
    drawn: set[str] = set()
    make_rng = core.scope.Scope.make_rng

    def drawing(scope: Any, name: str = "params") -> Any:
        drawn.add(name)
        return make_rng(scope, name)

    core.scope.Scope.make_rng = drawing
    try:
        yield drawn
    finally:
        core.scope.Scope.make_rng = make_rng


def variables_of(module: Any, *collections: str) -> dict[str, Any]:
    """An NNX module, or its state, as Linen has it: ``{collection: {name: {…: value}}}``, or these collections of it.

    Collections are named as the bridge registers their types. Random streams are left out, and so are boxes, and
    arrays that are no variables.
    """
    found: dict[Any, Any] = {}
    state = module if isinstance(module, nnx.State) else nnx.state(module)
    for keys, variable in jax.tree_util.tree_flatten_with_path(state, is_leaf=_is_variable)[0]:
        kind = getattr(variable, "type", type(variable))
        if issubclass(kind, nnx.RngState) or not issubclass(kind, nnx.Variable):
            continue
        name = _collection_registered_for(kind)
        if not collections or name in collections:
            _insert(found, [name, *_keys(keys)], _held(variable))
    return found


def set_variables(module: nnx.Module, variables: Mapping[str, Any]) -> None:
    """Give an NNX module, in place, the values of Linen's variables of these paths."""
    for tree in unboxed(variables).values():
        _set(module, tree)


def unboxed(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the variables of a ``bridge.ToLinen`` without boxes, random streams and the module's definition."""
    thawed = core.unfreeze(variables) if isinstance(variables, core.FrozenDict) else dict(variables)
    kept = {name: tree for name, tree in thawed.items() if name not in _NO_COLLECTIONS}
    return dict(jax.tree.map(_unboxed, kept, is_leaf=_is_box))


@contextmanager
def capture_nnx_rngs() -> Iterator[dict[str, jax.Array]]:
    """The keys from which ``bridge.ToLinen`` makes the module's Rngs in a call inside the block, by stream.

    How they are derived from Linen's is not specified, so the same call in plain NNX uses these.
    """
    keys: dict[str, jax.Array] = {}
    make, reseed = nnx.Rngs.__init__, nnx.reseed

    def making(rngs: nnx.Rngs, *args: Any, **streams: Any) -> None:
        keys.update(keys or streams)
        make(rngs, *args, **streams)

    def reseeding(module: Any, *args: Any, **streams: Any) -> Any:
        # Before 0.10.6 the module comes from the variables: whoever builds a new one needs a key for its parameters.
        keys.update({"default": 0, **streams})
        return reseed(module, *args, **streams)

    nnx.Rngs.__init__, nnx.reseed = making, reseeding
    try:
        yield keys
    finally:
        nnx.Rngs.__init__, nnx.reseed = make, reseed


def reseed(module: nnx.Module, keys: Mapping[str, Any]) -> None:
    """Do with a module that was built from these keys what ``bridge.ToLinen`` does before it calls it."""
    # 0.12.0 ceased to reseed: the module keeps the streams that its constructor made of the keys.
    if not hasattr(bridge.wrappers, "to_linen_class"):
        nnx.reseed(module, **keys)


def delete_params(layer: Any) -> None:
    """Delete, in place, the attributes of a ``bridge.ToNNX`` that hold a parameter, and what else they hold."""
    for name, value in list(vars(layer).items()):
        leaves = jax.tree.leaves(value, is_leaf=_is_variable)
        if any(_is_variable(leaf) and issubclass(_kind(leaf), nnx.Param) for leaf in leaves):
            delattr(layer, name)


def register_collection(name: str, kind: type) -> None:
    """Register this type of variables under the name of a collection."""
    if hasattr(nnx, "register_variable_name"):
        nnx.register_variable_name(name, kind, overwrite=True)
    else:
        _registry()[name] = kind


@contextmanager
def preserve_variable_registry() -> Iterator[None]:
    """Forget, after the block, which types were registered for which collections inside it."""
    registry = _registry()
    before = dict(registry)
    try:
        yield
    finally:
        registry.clear()
        registry.update(before)


@contextmanager
def preserve_methods() -> Iterator[None]:
    """Undo, after the block, what nnx.tabulate leaves of itself in classes when it raises."""
    classes = (bridge.ToNNX, nnx.Rngs, *(type(stream) for _, stream in nnx.Rngs(0).items()))
    methods = [(one, name, vars(one).get(name)) for one in classes for name in dir(one) if _is_shown(one, name)]
    try:
        yield
    finally:
        for one, name, own in methods:
            if vars(one).get(name) is own:
                continue
            if own is None:  # inherited
                delattr(one, name)
            else:
                setattr(one, name, own)


def _is_shown(cls: type, name: str) -> bool:
    return (not name.startswith("_") or name == "__call__") and inspect.isfunction(getattr(cls, name, None))


def has_pure_dicts() -> bool:
    """Whether the state of a model can be made a plain dictionary and back: not in 0.9.0."""
    return hasattr(nnx.State, "to_pure_dict") or hasattr(nnx, "to_pure_dict")


def pure_dict(model: nnx.Module) -> dict[str, Any]:
    """What ``lazy_init`` makes of ``model``, as dictionaries of arrays; random streams are left out."""
    state = nnx.state(model, _SAVED)
    # 0.10.4 made a function of the method.
    return nnx.to_pure_dict(state) if hasattr(nnx, "to_pure_dict") else state.to_pure_dict()


def set_pure_dict(model: nnx.Module, pure: dict[str, Any]) -> None:
    """Give ``model``, in place, what such dictionaries hold."""
    state = nnx.state(model, _SAVED)
    if hasattr(nnx, "replace_by_pure_dict"):
        nnx.replace_by_pure_dict(state, pure)
    else:
        state.replace_by_pure_dict(pure)
    nnx.update(model, state)


def saved(model: nnx.Module) -> bytes:
    """The pure dictionary of ``model`` in msgpack."""
    return serialization.to_bytes(jax.tree.map(np.asarray, pure_dict(model)))


def restore(model: nnx.Module, data: bytes) -> None:
    """Give ``model``, in place, what was saved."""
    set_pure_dict(model, jax.tree.map(jnp.asarray, serialization.from_bytes(pure_dict(model), data)))


def optimizer(model: nnx.Module, transformation: Any) -> Callable[[Any], None]:
    """An ``nnx.Optimizer`` of the parameters of ``model``: what takes the gradients and makes a step."""
    made = nnx.Optimizer(model, transformation, wrt=nnx.Param)
    # Since 0.11.0 an optimizer does not hold its model.
    return made.update if hasattr(made, "model") else partial(made.update, model)


def make_step(optimizer: Any, model: nnx.Module, gradients: Any) -> None:
    """Make a step of an ``nnx.Optimizer`` of ``model``."""
    # Since 0.11.0 an optimizer does not hold its model.
    optimizer.update(gradients) if hasattr(optimizer, "model") else optimizer.update(model, gradients)


def missing(needed: str) -> str:
    """What this release has not got of what is ``needed``; "" where it has it.

    ``needed`` is a dotted name below ``flax``, as in ``nnx.List``, or a parameter of one, as in ``nnx.merge(copy)``,
    or what a parameter may be, as in ``nnx.bridge.ToNNX.__init__(rngs: Array)``.
    """
    place: Any = sys.modules["flax"]
    dotted, _, rest = needed.removesuffix(")").partition("(")
    parameter, _, kind = rest.partition(": ")
    for name in filter(None, dotted.split(".")):
        if not hasattr(place, name):
            return f"flax {version('flax')} has no {needed}"
        place = getattr(place, name)
    if not parameter:
        return ""
    found = inspect.signature(place).parameters.get(parameter)
    if found is None:
        return f"{dotted} of flax {version('flax')} takes no {parameter}"
    return (
        "" if kind in str(found.annotation) else f"{dotted} of flax {version('flax')} takes no {kind} for {parameter}"
    )


def mesh(axes: Sequence[str]) -> AbstractContextManager[Any]:
    """The context of a mesh of one device whose axes have these names."""
    devices = np.array(jax.devices()[:1]).reshape([1] * len(axes))
    made = jax.sharding.Mesh(devices, tuple(axes))
    # Flax 0.12 asks jax.set_mesh's context, which is younger than Flax 0.9.
    return jax.set_mesh(made) if hasattr(jax, "set_mesh") else made


def made_mesh(axes: Sequence[str]) -> jax.sharding.Mesh:
    """A mesh of one device as ``jax.make_mesh`` makes it, with axes that are Explicit since jax 0.9."""
    if not hasattr(jax, "make_mesh"):
        return jax.sharding.Mesh(np.array(jax.devices()[:1]).reshape([1] * len(axes)), tuple(axes))
    return jax.make_mesh([1] * len(axes), tuple(axes))


def device_mesh(shape: Sequence[int], axes: Sequence[str], explicit: bool = False) -> jax.sharding.Mesh:
    """A mesh of this shape whose axes have these names, of the devices that there are."""
    devices = jax.devices() if len(jax.devices()) > 1 else jax.devices("cpu")
    sizes: list[int] = []
    for size in shape:
        sizes.append(math.gcd(size, len(devices) // math.prod(sizes)))
    found = np.array(devices[: math.prod(sizes)]).reshape(sizes)
    kinds = {"axis_types": (jax.sharding.AxisType.Explicit,) * len(sizes)} if explicit else {}
    return jax.sharding.Mesh(found, tuple(axes), **kinds)


def in_mesh(made: jax.sharding.Mesh) -> AbstractContextManager[Any]:
    """The context of this mesh."""
    # Flax 0.12 asks jax.set_mesh's context, which is younger than Flax 0.9.
    return jax.set_mesh(made) if hasattr(jax, "set_mesh") else made


def merge_context(tag: str, inner: bool) -> AbstractContextManager[Any]:
    """The ``nnx.merge_context`` of this tag, inside the transform or outside of it."""
    # Before 0.10.4 it finds out where it is.
    place = {} if missing("nnx.merge_context(inner)") else {"inner": inner}
    return nnx.merge_context(ctxtag=tag, **place)


def stream_counts(rngs: nnx.Rngs) -> dict[str, int]:
    """How many keys each stream of ``rngs`` has drawn."""
    return {name: int(next(iter(_arrays(stream.count)))) for name, stream in rngs.items()}


def merged(graph: Any, *states: Any) -> Any:
    """``nnx.merge`` into a module of its own, whose state can be changed where the states' own cannot."""
    # Since 0.11.2 a merged module shares the variables of the states by default.
    copy = {} if missing("nnx.merge(copy)") else {"copy": True}
    return nnx.merge(graph, *states, **copy)


def seeds(rngs: nnx.Rngs) -> dict[str, np.ndarray]:
    """The key of each stream of ``rngs``, as the integers that it holds."""
    return {name: np.asarray(_plain(_held(stream.key))) for name, stream in rngs.items()}


def type_of(collection: str) -> type:
    """The type of the variables of a collection that the bridge has met."""
    return _registry()[collection]


def value_of(variable: Any) -> Any:
    """What an ``nnx.Variable`` holds."""
    return _held(variable)


def set_value(variable: Any, value: Any) -> None:
    """Have an ``nnx.Variable`` hold this."""
    _set(variable, value)


def rngs_of(layer: Any) -> Any:
    """An ``nnx.Rngs`` that will give the keys that a ``bridge.ToNNX`` draws next; None where the layer has none."""
    held = next((value for value in vars(layer).values() if isinstance(value, nnx.Rngs)), None)
    return held and nnx.clone(held)


# To 0.10.5 the definition and the streams are among the variables; arrays that are none are given a collection.
_NO_COLLECTIONS = ("nnx", "RngKey", "RngCount", "ArrayImpl")
_SAVED = nnx.Not(nnx.Any(nnx.RngState, nnx.Intermediate))


def _plain(leaf: Any) -> Any:
    return jax.random.key_data(leaf) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf


def _arrays(tree: Any) -> list[Any]:
    return jax.tree.leaves(nnx.state(tree) if isinstance(tree, nnx.Module) else tree)


def _leaves(state: Any) -> Iterator[tuple[str, jax.Array]]:
    for keys, leaf in jax.tree_util.tree_flatten_with_path(state)[0]:
        yield "/".join(_names(keys)), leaf


def _names(keys: tuple[Any, ...]) -> Iterator[str]:
    return map(str, _keys(keys))


def _keys(keys: tuple[Any, ...]) -> Iterator[str | int]:
    # A leaf below a Variable ends, by release, in GetAttrKey('value') or in nothing.
    for key in keys:
        name = getattr(key, "key", None)
        if name is None:
            name = getattr(key, "idx", None)
        if name is not None:
            yield name


def _kind(variable: Any) -> type:
    return getattr(variable, "type", type(variable))


_NOTHING = object()


def _of_collection(node: Any, collection: str) -> Any:
    """The part of ``node`` that belongs to this collection, with its containers; _NOTHING where there is none."""
    if isinstance(node, Mapping) and not isinstance(node, core.FrozenDict):
        below = {name: _of_collection(value, collection) for name, value in node.items()}
        return {name: value for name, value in below.items() if value is not _NOTHING} or _NOTHING
    leaves = jax.tree.leaves(node, is_leaf=_is_variable)
    if not leaves or not all(_is_variable(leaf) and _collection(_kind(leaf)) == collection for leaf in leaves):
        return _NOTHING
    return jax.tree.map(_boxed, node, is_leaf=_is_variable)


_COLLECTIONS = {
    nnx.Param: "params",
    nnx.BatchStat: "batch_stats",
    nnx.Cache: "cache",
    nnx.Intermediate: "intermediates",
    getattr(nnx, "Perturbation", None): "perturbations",
}


def _collection(kind: type) -> str:
    return _COLLECTIONS.get(kind, kind.__name__)


def _is_variable(node: Any) -> bool:
    return isinstance(node, (nnx.Variable, getattr(nnx, "VariableState", nnx.Variable)))


def _boxed(variable: Any) -> Any:
    """What a variable holds, in the Linen box that it came in."""
    value = variable.get_value() if hasattr(variable, "get_value") else variable.value
    # 0.9.0 keeps boxes as they are.
    metadata = dict(variable.get_metadata()) if hasattr(variable, "get_metadata") else {}
    box = metadata.pop("linen_meta_type", None)
    if box is None:
        return value
    from_metadata = getattr(box, "from_nnx_metadata", None)
    if from_metadata:
        return from_metadata({"value": value, **metadata})
    # Next to the metadata of the box, every variable has other metadata, which depends on the release.
    return box(value, **{name: metadata[name] for name in box.__dataclass_fields__ if name in metadata})


def _held(variable: Any) -> Any:
    return variable.get_value() if hasattr(variable, "get_value") else variable.value


def _is_box(node: Any) -> bool:
    # 0.9.0 boxes everything, with VariableState.
    return _is_variable(node) or isinstance(node, meta.AxisMetadata)


def _unboxed(leaf: Any) -> Any:
    if _is_variable(leaf):
        return _held(leaf)
    return leaf.unbox() if isinstance(leaf, meta.AxisMetadata) else leaf


def _insert(tree: dict[Any, Any], path: list[Any], value: Any) -> None:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = value


def _set(node: Any, tree: Any) -> None:
    if not isinstance(node, nnx.Variable):
        for name, below in tree.items():
            # A list is a module too in some releases.
            is_attribute = isinstance(name, str) and (isinstance(node, nnx.Module) or not hasattr(node, "__getitem__"))
            _set(getattr(node, name) if is_attribute else node[name], below)
    elif hasattr(node, "set_value"):
        node.set_value(tree)
    else:
        node.value = tree


def _registry() -> dict[str, type]:
    """Which type of variable each collection's name stands for."""
    places = ("flax.nnx.bridge.variables", "flax.nnx.variablelib", "flax.nnx.nnx.variables")
    registries = (getattr(sys.modules.get(place), "VariableTypeCache", None) for place in places)
    return next(registry for registry in registries if registry is not None)


def _collection_registered_for(kind: type) -> str:
    return next((name for name, registered in _registry().items() if registered is kind), kind.__name__)


def typed_state(model: nnx.Module) -> dict[tuple[str, ...], tuple[str, Any]]:
    """Every array of ``model``'s state by its path, with the name of its variable's type; what is sown is left out."""
    return dict(_typed(nnx.state(model, nnx.Not(nnx.Intermediate))))


def _typed(state: Any) -> Iterator[tuple[tuple[str, ...], tuple[str, Any]]]:
    for keys, held in jax.tree_util.tree_flatten_with_path(state, is_leaf=_is_variable)[0]:
        kind = _kind(held).__name__ if _is_variable(held) else "array"
        for below, leaf in jax.tree_util.tree_flatten_with_path(held)[0]:
            yield tuple(_names((*keys, *below))), (kind, leaf)


def typed_leaves(state: Any) -> list[tuple[str, Any]]:
    """Every array of a state, or of gradients, with its path."""
    return list(_leaves(state))


def set_typed_state(model: nnx.Module, values: Mapping[str, np.ndarray]) -> None:
    """Give ``model``, in place, arrays by their paths, as ``a/kernel``; keys as the integers that they hold."""
    state = nnx.state(model, nnx.Not(nnx.Intermediate))
    leaves = [_like(leaf, values[path]) if path in values else leaf for path, leaf in _leaves(state)]
    nnx.update(model, jax.tree.unflatten(jax.tree.structure(state), leaves))


def _like(leaf: Any, value: np.ndarray) -> Any:
    """The value as the key, or where the array, that ``leaf`` is."""
    if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        return jax.random.wrap_key_data(jnp.asarray(value), impl=jax.random.key_impl(leaf))
    return jax.device_put(jnp.asarray(value), leaf.sharding) if isinstance(leaf, jax.Array) else jnp.asarray(value)
