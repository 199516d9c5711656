"""How a call is made: a row for each transform and mode of NNX, and for the transforms of JAX.

Each row makes, once, a function of the input that calls the model under the transform.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jax.sharding import PartitionSpec

from impl import flax_api

# A call of the model, and that call under a transform.
Call = Callable[[Any, jax.Array], jax.Array]
Step = Callable[[jax.Array], Any]


@dataclass(frozen=True)
class Runner:
    """A function that puts the call of a model under a transform."""

    make: Callable[..., Step]
    # What of flax that takes, dotted names.
    needs: tuple[str, ...] = ()
    mode: Mapping[str, bool] = field(default_factory=dict)
    # How many models the model is, if its variables have a leading axis.
    stacked: int = 0
    # Whether the model has random streams: a function that closes over it cannot change them.
    draws: bool = True

    def __repr__(self) -> str:
        options = f"needs={self.needs}, mode={self.mode}, stacked={self.stacked}, draws={self.draws}"
        return f"Runner(make={self.make.__name__}, {options})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What Hypothesis prints: an expression, where of another dataclass it prints the address of a function."""
        printer.text(repr(self))


def squared(call: Call) -> Call:
    """A loss: the sum of the squares of the output."""
    return lambda model, x: jnp.sum(call(model, x) ** 2)


def idle(model: Any, x: jax.Array) -> jax.Array:
    """What a branch does that does not call the model."""
    return x


def several(x: jax.Array) -> jax.Array:
    """Three inputs."""
    return jnp.stack([x, x + 1, x - 1])


# Transforms of NNX, which take the model as an argument.


def jit(call: Call, model: Any, **mode: Any) -> Step:
    compiled = nnx.jit(call, **mode)
    return lambda x: compiled(model, x)


def jit_partial(call: Call, model: Any, **mode: Any) -> Step:
    return nnx.jit_partial(call, model, **mode)


def cached_partial(call: Call, model: Any, **mode: Any) -> Step:
    return nnx.cached_partial(nnx.jit(call, **mode), model, **mode)


def grad(call: Call, model: Any, **mode: Any) -> Step:
    gradient = nnx.grad(squared(call), argnums=1, **mode)
    return lambda x: gradient(model, x)


def grad_of_params(call: Call, model: Any, **mode: Any) -> Step:
    gradient = nnx.grad(squared(call), argnums=nnx.DiffState(0, nnx.Param), **mode)
    return lambda x: gradient(model, x)


def value_and_grad(call: Call, model: Any, **mode: Any) -> Step:
    gradient = nnx.value_and_grad(squared(call), argnums=1, **mode)
    return lambda x: gradient(model, x)


def vjp(call: Call, model: Any, **mode: Any) -> Step:
    return lambda x: nnx.vjp(call, model, x, **mode)[0]


def custom_vjp(call: Call, model: Any, **mode: Any) -> Step:
    function = nnx.custom_vjp(call, **mode)

    def backward(held: Any, cotangents: Any) -> Any:
        raise NotImplementedError

    function.defvjp(lambda model, x: (call(model, x), None), backward)
    return lambda x: function(model, x)


def remat(call: Call, model: Any, **mode: Any) -> Step:
    gradient = nnx.grad(squared(nnx.remat(call, **mode)), argnums=1, **mode)
    return lambda x: gradient(model, x)


def vmap(call: Call, model: Any, **mode: Any) -> Step:
    mapped = nnx.vmap(call, in_axes=(0, 0), out_axes=0, **mode)
    return lambda x: mapped(model, several(x))


def vmap_of_inputs(call: Call, model: Any, **mode: Any) -> Step:
    mapped = nnx.vmap(call, in_axes=(None, 0), out_axes=0, **mode)
    return lambda x: mapped(model, several(x))


def pmap(call: Call, model: Any, **mode: Any) -> Step:
    mapped = nnx.pmap(call, in_axes=(0, 0), out_axes=0, **mode)
    return lambda x: mapped(model, x[None])


def shard_map(call: Call, model: Any, **mode: Any) -> Step:
    specs = PartitionSpec()
    mapped = nnx.shard_map(call, mesh=flax_api.made_mesh("x"), in_specs=(specs, specs), out_specs=specs, **mode)
    return lambda x: mapped(model, x)


def scan(call: Call, model: Any, **mode: Any) -> Step:
    @nnx.scan(in_axes=(nnx.Carry, 0), out_axes=(nnx.Carry, 0), length=3, **mode)
    def steps(model: Any, x: jax.Array) -> Any:
        return model, call(model, x)

    return lambda x: steps(model, several(x))[1]


def scan_of_state_axes(call: Call, model: Any, **mode: Any) -> Step:
    steps = nnx.scan(call, in_axes=(nnx.StateAxes({...: nnx.Carry}), 0), out_axes=0, length=3, **mode)
    return lambda x: steps(model, several(x))


def cond(call: Call, model: Any, **mode: Any) -> Step:
    return lambda x: nnx.cond(jnp.sum(x) < 99, call, idle, model, x, **mode)


def switch(call: Call, model: Any, **mode: Any) -> Step:
    return lambda x: nnx.switch(jnp.int32(1), [idle, call], model, x, **mode)


def while_loop(call: Call, model: Any, **mode: Any) -> Step:
    def body(carry: Any) -> Any:
        model, x, number = carry
        return model, call(model, x), number + 1

    return lambda x: nnx.while_loop(lambda carry: carry[2] < 3, body, (model, x, jnp.int32(0)), **mode)[1]


def fori_loop(call: Call, model: Any, **mode: Any) -> Step:
    return lambda x: nnx.fori_loop(0, 3, lambda _, carry: (carry[0], call(*carry)), (model, x), **mode)[1]


def eval_shape(call: Call, model: Any, **mode: Any) -> Step:
    def shape(x: jax.Array) -> Any:
        found = nnx.eval_shape(call, model, x, **mode)
        return jnp.zeros(found.shape, found.dtype)

    return shape


def jit_in_tree_mode(call: Call, model: Any) -> Step:
    with nnx.set_graph_mode(False):
        return jit(call, model)


def jit_without_graph_updates(call: Call, model: Any) -> Step:
    with nnx.set_graph_updates(False):
        return jit(call, model)


# The split form, in transforms of JAX.


def jit_of_the_split_form(call: Call, model: Any) -> Step:
    @jax.jit
    def pure(graph: Any, state: Any, x: jax.Array) -> Any:
        merged = flax_api.merged(graph, state)
        return call(merged, x), nnx.state(merged)

    def step(x: jax.Array) -> Any:
        output, state = pure(*nnx.split(model), x)
        nnx.update(model, state)
        return output

    return step


def scan_of_the_split_form(call: Call, model: Any) -> Step:
    def step(x: jax.Array) -> Any:
        graph, state = nnx.split(model)

        def pure(state: Any, x: jax.Array) -> Any:
            merged = flax_api.merged(graph, state)
            output = call(merged, x)
            return nnx.state(merged), output

        state, outputs = jax.lax.scan(pure, state, several(x))
        nnx.update(model, state)
        return outputs

    return step


# The model itself as a pytree, which it is since 0.11.2, in transforms of JAX.


def jit_of_the_model(call: Call, model: Any) -> Step:
    @jax.jit
    def pure(model: Any, x: jax.Array) -> Any:
        return call(model, x), nnx.state(model)

    def step(x: jax.Array) -> Any:
        output, state = pure(model, x)
        nnx.update(model, state)
        return output

    return step


def fori_loop_of_the_model(call: Call, model: Any) -> Step:
    def step(x: jax.Array) -> Any:
        looped, output = jax.lax.fori_loop(0, 3, lambda _, carry: (carry[0], call(*carry)), (model, x))
        nnx.update(model, nnx.state(looped))
        return output

    return step


def cond_of_the_model(call: Call, model: Any) -> Step:
    def step(x: jax.Array) -> Any:
        called, output = jax.lax.cond(
            jnp.sum(x) < 99, lambda model, x: (model, call(model, x)), lambda model, x: (model, x), model, x
        )
        nnx.update(model, nnx.state(called))
        return output

    return step


# Transforms of JAX, under which a function closes over the model.


def closed_over_by_jit(call: Call, model: Any) -> Step:
    return jax.jit(lambda x: call(model, x))


def closed_over_by_grad(call: Call, model: Any) -> Step:
    return jax.grad(lambda x: squared(call)(model, x))


def closed_over_by_vmap(call: Call, model: Any) -> Step:
    return lambda x: jax.vmap(lambda x: call(model, x))(several(x))


def closed_over_by_checkpoint(call: Call, model: Any) -> Step:
    return jax.grad(jax.checkpoint(lambda x: squared(call)(model, x)))


def closed_over_by_eval_shape(call: Call, model: Any) -> Step:
    def shape(x: jax.Array) -> Any:
        found = jax.eval_shape(lambda x: call(model, x), x)
        return jnp.zeros(found.shape, found.dtype)

    return shape


def closed_over_by_scan(call: Call, model: Any) -> Step:
    return lambda x: jax.lax.scan(lambda _, x: (None, call(model, x)), None, several(x))[1]


def closed_over_by_map(call: Call, model: Any) -> Step:
    return lambda x: jax.lax.map(lambda x: call(model, x), several(x))


def closed_over_by_cond(call: Call, model: Any) -> Step:
    return lambda x: jax.lax.cond(jnp.sum(x) < 99, lambda x: call(model, x), lambda x: x, x)


def closed_over_by_switch(call: Call, model: Any) -> Step:
    return lambda x: jax.lax.switch(jnp.int32(1), [lambda x: x, lambda x: call(model, x)], x)


def closed_over_by_while_loop(call: Call, model: Any) -> Step:
    def body(carry: Any) -> Any:
        return call(model, carry[0]), carry[1] + 1

    return lambda x: jax.lax.while_loop(lambda carry: carry[1] < 3, body, (x, jnp.int32(0)))[0]


def closed_over_by_fori_loop(call: Call, model: Any) -> Step:
    return lambda x: jax.lax.fori_loop(0, 3, lambda _, x: call(model, x), x)


def closed_over_by_nnx_jvp(call: Call, model: Any) -> Step:
    return lambda x: nnx.jvp(lambda x: call(model, x), (x,), (x,), graph=False)


def closed_over_by_nnx_jit(call: Call, model: Any) -> Step:
    return nnx.jit(lambda x: call(model, x))


# Each in graph mode, in tree mode, and without updates of the graph.
_IN_EVERY_MODE = {
    "nnx.jit": jit,
    "nnx.jit_partial": jit_partial,
    "nnx.grad": grad,
    "nnx.value_and_grad": value_and_grad,
    "nnx.vjp": vjp,
    "nnx.custom_vjp": custom_vjp,
    "nnx.remat": remat,
    "nnx.vmap": vmap,
    "nnx.vmap-inputs": vmap_of_inputs,
    "nnx.pmap": pmap,
    "nnx.shard_map": shard_map,
    "nnx.scan": scan,
    "nnx.cond": cond,
    "nnx.switch": switch,
    "nnx.while_loop": while_loop,
    "nnx.fori_loop": fori_loop,
    "nnx.eval_shape": eval_shape,
}
# How many models in one a runner takes.
_STACKED = {"nnx.vmap": 3, "nnx.pmap": 1}
_OF_JAX = {
    "jax.jit": closed_over_by_jit,
    "jax.grad": closed_over_by_grad,
    "jax.vmap": closed_over_by_vmap,
    "jax.checkpoint": closed_over_by_checkpoint,
    "jax.eval_shape": closed_over_by_eval_shape,
    "jax.lax.scan": closed_over_by_scan,
    "jax.lax.map": closed_over_by_map,
    "jax.lax.cond": closed_over_by_cond,
    "jax.lax.switch": closed_over_by_switch,
    "jax.lax.while_loop": closed_over_by_while_loop,
    "jax.lax.fori_loop": closed_over_by_fori_loop,
    "nnx.jit": closed_over_by_nnx_jit,
}


def _in_every_mode() -> Iterator[tuple[str, Runner]]:
    for name, make in _IN_EVERY_MODE.items():
        api, stacked = name.partition("-")[0], _STACKED.get(name, 0)
        yield name, Runner(make, (api,), stacked=stacked)
        yield f"{name}-tree_mode", Runner(make, (f"{api}(graph)",), {"graph": False}, stacked)
        yield f"{name}-no_graph_updates", Runner(make, (f"{api}(graph_updates)",), {"graph_updates": False}, stacked)


# NNX takes cached_partial, DiffState and StateAxes in graph mode alone.
RUNNERS: dict[str, Runner] = {
    **dict(_in_every_mode()),
    "nnx.cached_partial": Runner(cached_partial, ("nnx.cached_partial",)),
    "nnx.grad-params": Runner(grad_of_params, ("nnx.grad", "nnx.DiffState")),
    "nnx.scan-StateAxes": Runner(scan_of_state_axes, ("nnx.scan", "nnx.StateAxes")),
    "nnx.set_graph_mode": Runner(jit_in_tree_mode, ("nnx.set_graph_mode",)),
    "nnx.set_graph_updates": Runner(jit_without_graph_updates, ("nnx.set_graph_updates",)),
    "jax.jit-split_form": Runner(jit_of_the_split_form),
    "jax.lax.scan-split_form": Runner(scan_of_the_split_form),
    "jax.jit-model": Runner(jit_of_the_model),
    "jax.lax.fori_loop-model": Runner(fori_loop_of_the_model),
    "jax.lax.cond-model": Runner(cond_of_the_model),
}
CLOSURES: dict[str, Runner] = {
    **{f"{name}-closure": Runner(make, draws=False) for name, make in _OF_JAX.items()},
    "nnx.jvp-closure": Runner(closed_over_by_nnx_jvp, ("nnx.jvp",), draws=False),
}
# Where a model holds the layer beside something else.
FEW = {
    name: RUNNERS[name]
    for name in (
        "nnx.jit",
        "nnx.jit-tree_mode",
        "nnx.jit-no_graph_updates",
        "nnx.cached_partial",
        "nnx.scan",
        "nnx.fori_loop",
        "nnx.cond",
    )
}
