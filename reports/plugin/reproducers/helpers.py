"""The helpers of a reproducer, written to be read: they go before what the suite has under the same names.

Nothing imports this module but the test that each agrees with the suite's own: definitions are pasted, by name.
Annotations are left out of what is pasted.
"""

import os
import re
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial, reduce
from inspect import signature
from multiprocessing import get_context
from types import FunctionType, SimpleNamespace
from typing import Any, NamedTuple, NoReturn
from unittest import mock

import flax
import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

from impl.flax_api import make_step, mesh
from impl.linen_inside_nnx import MyNNXWithLinen, linen_inside_nnx
from properties.support.aliases import COPIES, variables
from properties.support.subject_values import inputs

# In place of pytest and of fixtures.


@contextmanager
def raises(expected: type[Exception], match: str) -> Iterator[SimpleNamespace]:
    """Assert that the block raises this, with a message that matches."""
    raised = SimpleNamespace()
    try:
        yield raised
    except expected as error:
        assert re.search(match, str(error)), f"{type(error).__name__} without a message"
        raised.type = type(error)
    else:
        raise AssertionError("nothing was raised")


def skip(reason: str) -> NoReturn:
    """End the program: nothing can be shown here."""
    print(f"does not apply: {reason}")
    sys.exit(0)


def observe(name: str, value: Any) -> None:
    """Show what nobody promised."""
    print(f"{name}: {value!r}")


class OtherProcess:
    """Calls the entry in a fresh process, which has another PYTHONHASHSEED."""

    def entry(self, seed: float, x: Any, features: float) -> Any:
        os.environ["PYTHONHASHSEED"] = "4321"
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            return process.submit(_output, seed, np.asarray(x), features).result()


other_process = OtherProcess()


def _output(seed: float, x: Any, features: float) -> Any:
    return np.asarray(linen_inside_nnx(seed, jnp.asarray(x), features))


# The entry.


Call = namedtuple("Call", "seed x features")
Parameters = namedtuple("Parameters", "kernel bias")


def uninitialised_model(seed: Any, features: float) -> Any:
    """The model of a seed or an Rngs, before lazy_init."""
    return MyNNXWithLinen(int(features), rngs=seed if isinstance(seed, nnx.Rngs) else nnx.Rngs(int(seed)))


def initialised_model(seed: Any, x: Any, features: float) -> Any:
    """The model after lazy_init."""
    return bridge.lazy_init(uninitialised_model(seed, features), x)


def entry_parameters(seed: float, x: Any, features: float) -> Any:
    """The kernel and the bias that the entry uses."""
    return parameters_of(initialised_model(seed, x, features), x, features)


def parameters_of(model: Any, x: Any, features: float) -> Any:
    """The kernel and the bias of a model that has no other parameters."""
    bias, kernel = sorted(jax.tree.leaves(nnx.state(model, nnx.Param)), key=jnp.ndim)
    return Parameters(np.asarray(kernel), np.asarray(bias))


def params(model: Any) -> dict[str, jax.Array]:
    """Each parameter of a model by its path."""
    leaves = jax.tree_util.tree_flatten_with_path(nnx.state(model, nnx.Param))[0]
    return {jax.tree_util.keystr(path): leaf for path, leaf in leaves}


JAX_CONFIGURATION = dict(jax.config.values)


# What is compared.


Affine = namedtuple("Affine", "value bound may_overflow")


def affine(x: Any, kernel: Any, bias: Any, fused: bool = False, apart: Any = 0.0) -> Any:
    """x @ kernel + bias in float64, how far float32 may stray from it, and where it may overflow."""
    vector, matrix, offset = (np.asarray(one).astype(np.float32).astype(np.float64) for one in (x, kernel, bias))
    length, unit, limits = len(vector), 2.0**-24, np.finfo(np.float32)
    dot, one_more = (n * unit / (1 - n * unit) for n in (length, length + 1))
    value, size = vector @ matrix + offset, np.abs(vector) @ np.abs(matrix)
    eager = dot * size + unit * (np.abs(value) + dot * size)
    rounding = one_more * (size + np.abs(offset)) if fused else eager
    flushed = float(limits.tiny) * (np.abs(matrix).sum(axis=0) + np.abs(vector).sum() + 2 * length + 1)
    drawn = np.abs(vector) @ np.broadcast_to(apart, matrix.shape)
    return Affine(value, rounding + flushed + drawn, (size + np.abs(offset)) * (1 + one_more) >= float(limits.max))


def assert_close(actual: Any, expected: Any, bound_factor: int = 1) -> None:
    """Assert that the output is within the bound, but where float32 may overflow."""
    output, bound = np.asarray(actual).astype(np.float64), bound_factor * expected.bound
    assert output.shape == expected.value.shape, f"shape {output.shape}, expected {expected.value.shape}"
    wrong = ~(np.abs(output - expected.value) <= bound) & ~expected.may_overflow
    at = int(np.argmax(wrong))
    within = f"expected {expected.value[at]} within {bound[at]:.3g}" if wrong.any() else ""
    assert not within, f"output[{at}] is {output[at]}, {within}; {wrong.sum()} of {wrong.size} entries are off"


def assert_same(actual: Any, expected: Any) -> None:
    """Assert that two pytrees have one structure, and leaves of the same type and bits."""
    (got, structure), (want, wanted) = map(jax.tree_util.tree_flatten_with_path, map(opened, (actual, expected)))
    paths, known = ({jax.tree_util.keystr(path) for path, _ in leaves} for leaves in (got, want))
    beyond, missing = sorted(paths - known) or "nothing", sorted(known - paths) or "nothing"
    assert paths == known, f"beyond what was expected: {beyond}; missing: {missing}"
    assert structure == wanted, f"structure {structure}, expected {wanted}"
    for (path, leaf), (_, reference) in zip(got, want, strict=True):
        difference = how_it_differs(leaf, reference)
        assert not difference, f"{jax.tree_util.keystr(path) or 'the output'}: {difference}"


def opened(tree: Any, inside: tuple[int, ...] = ()) -> Any:
    """The tree with the attributes of each object that is no pytree."""

    def look(leaf: Any) -> Any:
        if hasattr(leaf, "dtype") or isinstance(leaf, type) or not hasattr(leaf, "__dict__") or id(leaf) in inside:
            return leaf
        closure = tuple(cell.cell_contents for cell in getattr(leaf, "__closure__", None) or ())
        held = {"closure": closure, "name": leaf.__qualname__} if isinstance(leaf, FunctionType) else vars(leaf)
        return {"type": type(leaf).__qualname__, **opened(held, (*inside, id(leaf)))}

    return jax.tree.map(look, flax.core.unfreeze(tree) if isinstance(tree, flax.core.FrozenDict) else tree)


def assert_same_bits(actual: Any, expected: Any) -> None:
    """Assert equal shape, dtype and bits; any NaN equals any NaN."""
    difference = how_it_differs(np.asarray(actual), np.asarray(expected))
    assert not difference, difference


def how_it_differs(leaf: Any, reference: Any) -> str:
    """How a leaf differs from another in type or bits; any NaN equals any NaN."""
    if not hasattr(leaf, "dtype") or not hasattr(reference, "dtype"):
        types = f"a {type(leaf).__name__}", f"a {type(reference).__name__}"
        told = types if types[0] != types[1] else (repr(leaf), repr(reference))
        return "" if type(leaf) is type(reference) and leaf == reference else "{}, expected {}".format(*told)
    is_key = jnp.issubdtype(reference.dtype, jax.dtypes.prng_key)
    got, want = (np.asarray(jax.random.key_data(one) if is_key else one) for one in (leaf, reference))
    if (got.shape, got.dtype) != (want.shape, want.dtype):
        what = "shape" if got.shape != want.shape else "dtype"
        return f"{what} {getattr(got, what)}, expected {getattr(want, what)}"
    # repr tells the two zeros apart, and no NaN from another.
    wrong = [at for at in np.ndindex(got.shape) if repr(got[at].item()) != repr(want[at].item())]
    return f"entry {wrong[0]} is {got[wrong[0]]}, expected {want[wrong[0]]}; {len(wrong)} differ" if wrong else ""


def assert_computed(actual: Any, plain: Any, *given: Any) -> Any:
    """Assert what plain gives, up to 8 times the rounding that changes of its inputs by one ulp cause; returns it."""
    expected = plain(*given)
    if jax.tree.structure(actual) == jax.tree.structure(expected):
        generators = map(np.random.default_rng, range(4))
        changed = [plain(*jax.tree.map(partial(one_ulp_away, generator), given)) for generator in generators]
        actual = jax.tree.map(without_rounding, actual, expected, *changed)
    assert_same(actual, expected)
    return expected


def is_inexact(leaf: Any) -> bool:
    return hasattr(leaf, "dtype") and bool(jnp.issubdtype(leaf.dtype, jnp.inexact))


def one_ulp_away(generator: Any, leaf: Any) -> Any:
    if not is_inexact(leaf):
        return leaf
    signs = float(jnp.finfo(leaf.dtype).eps) * generator.choice([-1.0, 1.0], np.shape(leaf))
    return leaf * jnp.asarray(1 + signs, leaf.dtype)


def without_rounding(actual: Any, expected: Any, *changed: Any) -> Any:
    """The expected numbers in place of those that are no further from them than rounding goes."""
    types = [(getattr(one, "shape", None), getattr(one, "dtype", None)) for one in (actual, expected)]
    if not is_inexact(expected) or types[0] != types[1]:
        return actual
    kind = np.complex128 if jnp.iscomplexobj(expected) else np.float64
    got, want, *others = (np.asarray(one).astype(kind) for one in (actual, expected, *changed))
    bound = 8 * max(float(np.max(np.abs(one - want), initial=0.0)) for one in others)
    return np.where(np.abs(got - want) <= bound, np.asarray(expected), np.asarray(actual)) if bound else actual


# What plain Linen has for the state of a layer, and the keys that the bridge hands over.


def linen_variables(layer: Any) -> dict[str, Any]:
    """The variables of a `ToNNX` layer as Linen has them, {collection: {name: value}}, boxes included."""
    found: dict[Any, Any] = {}

    def look(node: Any, *path: Any) -> None:
        if isinstance(node, Mapping) and not isinstance(node, flax.core.FrozenDict):
            for name, value in node.items():
                look(value, *path, name)
        elif (leaves := jax.tree.leaves(node, is_leaf=is_variable)) and all(map(is_variable, leaves)):
            in_0_9_0 = isinstance(vars(layer).get("linen_collections"), set)  # which has them by collection
            *above, name = path if in_0_9_0 else (collection_of(leaves[0]), *path)
            place = found
            for one in above:
                place = place.setdefault(one, {})
            place[name] = jax.tree.map(boxed, node, is_leaf=is_variable)

    look({name: value for name, value in vars(layer).items() if not isinstance(value, nnx.Rngs)})
    return found


def collection_of(variable: Any) -> str:
    """The collection that the variable is of, by its type."""
    names = {"Param": "params", "BatchStat": "batch_stats", "Cache": "cache", "Intermediate": "intermediates"}
    name = getattr(variable, "type", type(variable)).__name__
    return {**names, "Perturbation": "perturbations"}.get(name, name)


def is_variable(node: Any) -> bool:
    return isinstance(node, (nnx.Variable, getattr(nnx, "VariableState", nnx.Variable)))


def value_of(variable: Any) -> Any:
    """What a variable holds."""
    return variable.get_value() if hasattr(variable, "get_value") else variable.value


def set_value(variable: Any, value: Any) -> None:
    """Have a variable hold this."""
    variable.set_value(value) if hasattr(variable, "set_value") else setattr(variable, "value", value)


def boxed(variable: Any) -> Any:
    """What a variable holds, in the Linen box that it came in."""
    value = value_of(variable)
    metadata = dict(variable.get_metadata()) if hasattr(variable, "get_metadata") else {}
    box = metadata.pop("linen_meta_type", None)
    if hasattr(box, "from_nnx_metadata"):
        return box.from_nnx_metadata({"value": value, **metadata})
    fields = getattr(box, "__dataclass_fields__", ())
    return box(value, **{name: metadata[name] for name in fields if name in metadata}) if box else value


@contextmanager
def capture_linen_rngs() -> Iterator[dict[str, jax.Array]]:
    """The keys that the bridge hands to Linen inside the block, by stream."""
    keys: dict[str, jax.Array] = {}
    init, apply = nn.Module.init_with_output, nn.Module.apply

    def initialising(module: Any, rngs: Any, *args: Any, **kwargs: Any) -> Any:
        keys.update(keys or rngs)
        return init(module, rngs, *args, **kwargs)

    def applying(module: Any, variables: Any, *args: Any, rngs: Any = None, **kwargs: Any) -> Any:
        keys.update(keys or rngs or {})
        return apply(module, variables, *args, rngs=rngs, **kwargs)

    with mock.patch.multiple(nn.Module, init_with_output=initialising, apply=applying):
        yield keys


@contextmanager
def capture_nnx_rngs() -> Iterator[dict[str, jax.Array]]:
    """The keys from which `ToLinen` makes the module's Rngs inside the block, by stream."""
    keys: dict[str, jax.Array] = {}
    make, reseed = nnx.Rngs.__init__, nnx.reseed

    def making(rngs: Any, *args: Any, **streams: Any) -> None:
        keys.update(keys or streams)
        make(rngs, *args, **streams)

    def reseeding(module: Any, *args: Any, **streams: Any) -> Any:  # up to 0.10.5
        keys.update({"default": 0, **streams})
        return reseed(module, *args, **streams)

    with mock.patch.object(nnx.Rngs, "__init__", making), mock.patch.object(nnx, "reseed", reseeding):
        yield keys


# Subjects.


class Method(NamedTuple):
    """A method of a subject with the arguments of a call, and the collections that the call changes."""

    args: Any = ()
    kwargs: Any = None
    mutable: Any = ()

    @property
    def call(self) -> dict[str, Any]:
        return {**(self.kwargs or {}), **({"mutable": list(self.mutable)} if self.mutable else {})}


class Subject:
    """A Linen module with the arguments of its init, of a plain call, and of one in training."""

    def __init__(self, module: Any, args: Any, init_args: Any = None, init_kwargs: Any = None, **options: Any) -> None:
        self.linen = lambda: module if isinstance(module, nn.Module) else module()
        self.args, self.kwargs = args, options.get("kwargs", {})
        self.first_args = args if init_args is None else init_args
        self.first_kwargs = self.kwargs if init_kwargs is None else init_kwargs
        self.streams, self.mutable = tuple(options.get("streams", ())), list(options.get("mutable", ()))
        self.mesh, train = options.get("mesh"), options.get("train", {})
        changes = {"mutable": self.mutable} if self.mutable else {}
        self.training_call = {**self.kwargs, **train, **changes}
        self.plain_call = {**self.kwargs, **({} if options.get("keeps_still", bool(train)) else changes)}
        given = options.get("methods", {})
        self.methods = {k: Method(**one) if isinstance(one, Mapping) else Method(one) for k, one in given.items()}

    def in_mesh(self) -> AbstractContextManager[Any]:
        return mesh(self.mesh) if self.mesh else nullcontext()

    def rngs(self, seed: int) -> nnx.Rngs:
        return nnx.Rngs(**{name: seed + i for i, name in enumerate(("params", *self.streams))})

    @property
    def shapes(self) -> Any:
        init = lambda key: self.linen().init(key, *self.first_args, **self.first_kwargs)  # noqa: E731
        return jax.eval_shape(init, jax.random.key(0))


def initialised(subject: Any, seed: int) -> tuple[Any, dict[str, Any]]:
    """The layer after lazy_init, and the variables that plain Linen makes of the same keys."""
    layer, args = bridge.ToNNX(subject.linen(), rngs=subject.rngs(seed)), inputs(subject.first_args, seed)
    with capture_linen_rngs() as keys:
        bridge.lazy_init(layer, *args, **subject.first_kwargs)
    return layer, dict(subject.linen().init(keys, *args, **subject.first_kwargs))


def missing(needed: str) -> str:
    """What this release has not got of what is needed, "nnx.merge" or "nnx.merge(copy)"; "" where it has it."""
    dotted, _, parameter = needed.removesuffix(")").partition("(")
    found = reduce(lambda place, name: getattr(place, name, None), dotted.split("."), flax)
    has_it = found is not None and (not parameter or parameter in signature(found).parameters)
    return "" if has_it else f"flax {flax.__version__} has no {needed}"


# What may share variables with a model, and calls under a transform.


def sorted_leaves(tree: Any) -> list[Any]:
    """The leaves, keys as numbers, in an order that does not depend on how the tree is nested."""
    keys = [jnp.issubdtype(getattr(one, "dtype", int), jax.dtypes.prng_key) for one in jax.tree.leaves(tree)]
    plain = [
        jax.random.key_data(one) if is_key else one for is_key, one in zip(keys, jax.tree.leaves(tree), strict=True)
    ]
    return sorted(map(np.array, map(jnp.asarray, plain)), key=lambda one: (str(one.dtype), one.shape, one.tobytes()))


def alias(take: Callable[[Any], Any], read: Callable[[Any, Any], Any]) -> Callable[[Any], Callable[[], Any]]:
    """Takes something of a model, and gives what reads it after the calls that come between."""

    def taken(model: Any) -> Callable[[], Any]:
        held = take(model)
        return lambda: sorted_leaves(read(model, held))

    return taken


def updated(model: Any, state: Any) -> Any:
    nnx.update(model, state)
    return nnx.state(model)


def stepped(model: Any, optimizer: Any) -> Any:
    make_step(optimizer, model, jax.tree.map(jnp.ones_like, nnx.state(model, nnx.Param)))
    return nnx.state(model)


def after_a_step(model: Any) -> Any:
    optimizer = nnx.Optimizer(model, optax.sgd(0.5, momentum=0.5), wrt=nnx.Param)
    stepped(model, optimizer)
    return optimizer


ALIASES = {
    "nnx.iter_graph": alias(variables, lambda model, held: len({*map(id, held)} & {*map(id, variables(model))})),
    "nnx.Variable": alias(variables, lambda _, held: [value_of(one) for one in held]),
    "nnx.state": alias(nnx.state, lambda _, held: held),
    **{api: alias(copy, lambda _, held: nnx.state(held)) for api, copy in COPIES.items()},
    "nnx.Optimizer": alias(after_a_step, stepped),
    "nnx.update": alias(nnx.state, updated),
}

Transform = namedtuple("Transform", "make needs mode stacked has_rngs")
