"""Observations: what Flax does not promise and a user still notices when it changes. Nothing here fails."""

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

from impl import flax_api
from impl.flax_api import linen_variables
from properties.support.raising import raised

Observe = Callable[[str, Any], None]
X = jnp.ones((2, 3))


def test_names(observe: Observe) -> None:
    """The public names of `flax.nnx.bridge`, and the parameters of its most used functions.

    Update imports and argument names to the new ones.
    """
    observe("names", " ".join(name for name in dir(bridge) if not name.startswith("_")))
    called = {"ToNNX": bridge.ToNNX.__init__, "ToNNX.__call__": bridge.ToNNX.__call__, "to_linen": bridge.to_linen}
    for name, function in called.items():
        observe(
            name, " ".join(parameter for parameter in inspect.signature(function).parameters if parameter != "self")
        )
    observe("fields of ToLinen", " ".join(field for field in bridge.ToLinen.__dataclass_fields__ if field != "parent"))


def test_metadata(observe: Observe) -> None:
    """The metadata of a partitioned kernel, and its sharding on a mesh.

    Read and filter by the new names of the metadata, and do not shard a kernel that is already sharded.
    """
    kernel_init = nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"))
    with flax_api.mesh(["data"]):
        layer = bridge.ToNNX(nn.Dense(4, kernel_init=kernel_init), rngs=nnx.Rngs(0)).lazy_init(X)
        placed = jax.tree.leaves(linen_variables(layer)["params"]["kernel"])[0].sharding
    kernel: Any = getattr(layer, "kernel", None)
    known = kernel.get_metadata() if hasattr(kernel, "get_metadata") else {}
    observe("metadata", " ".join(sorted(map(str, known))))
    observe("sharding", type(placed).__name__)


def test_placement(observe: Observe) -> None:
    """Where `bridge.lazy_init` places a kernel with axis names on a mesh of several devices.

    Split the kernel by `jax.device_put` on a release that does not split it.
    """
    kernel_init = nn.with_partitioning(nn.initializers.lecun_normal(), (None, "data"))
    with flax_api.in_mesh(flax_api.device_mesh([2], ["data"])):
        layer = bridge.ToNNX(nn.Dense(4, kernel_init=kernel_init), rngs=nnx.Rngs(0)).lazy_init(X)
        kernel: jax.Array = jax.tree.leaves(linen_variables(layer)["params"]["kernel"])[0]
    parts = {str(part.data.shape) for part in kernel.addressable_shards}
    observe("devices", len(kernel.addressable_shards))
    observe("shape on each device", " ".join(sorted(parts)))


def test_sown_values(observe: Observe) -> None:
    """Whether sown values are stored as a tuple in one variable or as a tuple of variables.

    Read sown values by the expression that is observed on the new release.
    """

    class Block(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            self.sow("intermediates", "h", x)
            return x

    layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(X)
    layer(X, mutable=["intermediates"])
    ways = {"h.value[0]": lambda: layer.h.value[0], "h[0].value": lambda: layer.h[0].value}
    observe("read by", " ".join(way for way, read in ways.items() if raised(read) is None))


def test_traces_of_a_sowing_layer(observe: Observe) -> None:
    """How often `nnx.jit` traces a layer that sows in four calls, with and without `nnx.pop`.

    Remove sown values after each call with `nnx.pop(layer, nnx.Intermediate)`.
    """

    class Block(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            self.sow("intermediates", "h", x)
            return x

    class Plain(nnx.Module):
        def __call__(self, x: jax.Array, mutable: Any) -> jax.Array:
            self.sow(nnx.Intermediate, "h", x)
            return x

    def traces(layer: Any, popped: bool) -> str:
        counted: list[int] = []

        @nnx.jit
        def call(layer: Any, x: jax.Array) -> Any:
            counted.append(1)
            return layer(x, mutable=["intermediates"])

        def calls() -> None:
            for _ in range(4):
                call(layer, X)
                if popped:
                    nnx.pop(layer, nnx.Intermediate)

        outcome = raised(calls)
        return str(len(counted)) if outcome is None else outcome.__name__

    for popped in (False, True):
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(X)
        observe(f"bridged, {'popped' if popped else 'not popped'}", traces(layer, popped))
        observe(f"plain NNX, {'popped' if popped else 'not popped'}", traces(Plain(), popped))


def test_module_and_rngs_of_to_nnx(observe: Observe) -> None:
    """Whether `module` and `rngs` of a `ToNNX` layer can be read and set.

    Use `to_nnx__module` and `to_nnx__rngs` where the old names warn, and build a new layer where they cannot be set.
    """
    layer = bridge.ToNNX(nn.Dense(4), rngs=nnx.Rngs(0)).lazy_init(X)
    for name in ("module", "rngs"):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            read = raised(lambda: getattr(layer, name))  # noqa: B023  it is called here
        observe(f"{name} is read", _named(read) + (", with a warning" if said else ""))
        observe(f"{name} is set", _named(raised(lambda: setattr(layer, name, None))))  # noqa: B023


def test_rngs_without_streams(observe: Observe) -> None:
    """What a `ToNNX` call does with an `nnx.Rngs` without streams, and with a dict of keys.

    Pass an `nnx.Rngs` with every RNG stream that the module draws from, or no `rngs`.
    """
    layer = bridge.ToNNX(nn.Dropout(0.5, deterministic=False), rngs=nnx.Rngs(0, dropout=1)).lazy_init(X)
    observe("no streams", _named(raised(lambda: layer(X, rngs=nnx.Rngs()))))
    observe("a dictionary", _named(raised(lambda: layer(X, rngs={"dropout": jax.random.key(0)}))))


def test_value_of_a_variable_with_a_hook(observe: Observe) -> None:
    """What a `ToNNX` call gets of a variable that holds 1 and whose type has a hook `on_get_value` that doubles.

    Change the value in the module that uses it, not in the variable.
    """

    class Doubled(nnx.Variable[Any]):
        def on_get_value(self, value: Any) -> Any:
            return 2 * value

    class Block(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> Any:
            return x * self.variable("doubled", "scale", jnp.ones, ()).value

    with flax_api.preserve_variable_registry():
        flax_api.register_collection("doubled", Doubled)
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(X)
        observe("value", float(layer(X)[0, 0]))


def test_to_nnx_layer_in_a_linen_module(observe: Observe) -> None:
    """Whether a `ToNNX` layer called inside another Linen module obeys the outer `apply(..., mutable=)`.

    Pass `mutable` to the call of the `ToNNX` layer.
    """

    class Count(nn.Module):
        @nn.compact
        def __call__(self, x: jax.Array) -> jax.Array:
            calls = self.variable("counter", "calls", jnp.zeros, ())
            if self.is_mutable_collection("counter"):
                calls.value += 1
            return x

    layer = bridge.ToNNX(Count(), rngs=nnx.Rngs(0)).lazy_init(X)

    class Outer(nn.Module):
        def __call__(self, x: jax.Array) -> Any:
            return layer(x)

    before = float(linen_variables(layer)["counter"]["calls"])
    outcome = raised(lambda: Outer().apply({}, X, mutable=["counter"]))
    observe("counted", float(linen_variables(layer)["counter"]["calls"]) - before)
    observe("raised", _named(outcome))


# `ToLinen` modules.


class Noise(nnx.Module):
    """Draws a number in each call."""

    def __init__(self, *, rngs: nnx.Rngs) -> None:
        self.rngs = rngs

    def __call__(self, x: jax.Array) -> jax.Array:
        return x + jax.random.normal(self.rngs.noise(), ())


def test_to_linen_call_without_rngs(observe: Observe) -> None:
    """Which keys a `ToLinen` module uses in a call without `rngs`, which plain Linen rejects.

    Pass `rngs` to each call: without them, every call may draw the same values.
    """
    linen = bridge.to_linen(Noise)
    keys = [{"params": jax.random.key(0), "noise": jax.random.key(seed)} for seed in (1, 2)]
    drawn = [linen.apply(linen.init(key, X), X) for key in keys]
    observe("drawn from", "one fixed key" if np.array_equal(*drawn) else "the keys of init")


def test_random_values_of_to_linen(observe: Observe) -> None:
    """The first random values of a `ToLinen` module for fixed keys, in `init` and in a call, to four digits.

    The same keys give different values: restore variables instead of initializing again.
    """
    variables = bridge.to_linen(nnx.Linear, 3, 2).init(jax.random.key(0), X)
    kernel = flax_api.unboxed(variables)["params"]["kernel"]
    observe("weights", " ".join(f"{number:.4g}" for number in np.ravel(kernel)[:4]))
    linen = bridge.to_linen(Noise)
    variables = linen.init({"params": jax.random.key(0), "noise": jax.random.key(1)}, X)
    drawn = linen.apply(variables, X, rngs={"noise": jax.random.key(2)})
    observe("noise", f"{float(drawn[0, 0] - 1):.4g}")


def test_collections_of_to_linen(observe: Observe) -> None:
    """Which collections `init` of a `ToLinen` module creates, and the type of a leaf.

    Update code that filters, saves or replicates collections, and code that reads leaves.
    """

    class Block(nnx.Module):
        def __init__(self, *, rngs: nnx.Rngs) -> None:
            self.layer = nnx.Linear(3, 3, rngs=rngs)
            self.noise = nnx.Dropout(0.5, deterministic=False, rngs=rngs)

        def __call__(self, x: jax.Array) -> jax.Array:
            return self.noise(self.layer(x))

    keys = {"params": jax.random.key(0), "dropout": jax.random.key(1)}
    variables = bridge.to_linen(Block).init(keys, X)
    observe("collections", " ".join(sorted(variables)))
    observe("leaf", type(variables["params"]["layer"]["kernel"]).__name__)


def test_static_attributes_of_to_linen(observe: Observe) -> None:
    """The value of a static attribute of a `ToLinen` module that each call increments, after one call and after two.

    Store what must outlive a call in an `nnx.Variable`.
    """

    class Counting(nnx.Module):
        def __init__(self, *, rngs: nnx.Rngs) -> None:
            self.calls = 0

        def __call__(self, x: jax.Array) -> jax.Array:
            self.calls += 1
            return x * self.calls

    linen = bridge.to_linen(Counting)
    variables, found = linen.init(jax.random.key(0), X), []
    for _ in range(2):
        y, updates = linen.apply(variables, X, mutable=True)
        variables = {**variables, **updates}
        found.append(int(y[0, 0]))
    observe("calls", str(found))


def test_constructor_calls_of_to_linen(observe: Observe) -> None:
    """How often `init` and `apply` of a `ToLinen` module run the constructor, with values or traced.

    Expect the side effects and the memory use of the constructor as often as observed.
    """
    runs: list[str] = []

    class Made(nnx.Module):
        def __init__(self, *, rngs: nnx.Rngs) -> None:
            self.w = nnx.Param(jnp.ones(3))
            runs.append("traced" if isinstance(self.w.value, jax.core.Tracer) else "with values")

        def __call__(self, x: jax.Array) -> jax.Array:
            return x * self.w.value

    linen = bridge.to_linen(Made)
    variables = linen.init(jax.random.key(0), X)
    observe("by init", " ".join(runs))
    runs.clear()
    linen.apply(variables, X)
    observe("by apply", ", ".join(runs))


def _named(exception: type[BaseException] | None) -> str:
    return "no exception" if exception is None else exception.__name__
