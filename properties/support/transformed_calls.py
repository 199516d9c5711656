"""Calls under a transform: a row for each transform of NNX in each of its modes, and for transforms of JAX.

Each row creates once a function of the input that calls the model under the transform.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jax.sharding import PartitionSpec

from impl import flax_api

# A call of a model, and that call under a transform.
Call = Callable[[Any, jax.Array], jax.Array]
Step = Callable[[jax.Array], Any]


@dataclass(frozen=True)
class Transform:
    """A transform of NNX or JAX, in one of its modes."""

    make: Callable[..., Step]
    # The names below ``flax`` that it needs, as ``flax_api.missing`` takes them.
    needs: tuple[str, ...] = ()
    mode: Mapping[str, bool] = field(default_factory=dict)
    # The length of the leading axis of the variables; 0 if they have none.
    stacked: int = 0
    # Whether the model has RNG streams: a traced function that closes over them cannot change them.
    has_rngs: bool = True

    def __repr__(self) -> str:
        options = f"needs={self.needs}, mode={self.mode}, stacked={self.stacked}, has_rngs={self.has_rngs}"
        return f"Transform(make={self.make.__name__}, {options})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Have Hypothesis print an expression, not the address of a function."""
        printer.text(repr(self))


def sum_of_squares(call: Call) -> Call:
    """A loss: the sum of the squares of the output."""
    return lambda model, x: jnp.sum(call(model, x) ** 2)


def no_call(model: Any, x: jax.Array) -> jax.Array:
    """A branch that does not call the model."""
    return x


def three_inputs(x: jax.Array) -> jax.Array:
    """Three inputs."""
    return jnp.stack([x, x + 1, x - 1])


# Transforms of NNX: the model is an argument.


def jit(call: Call, model: Any, **mode: Any) -> Step:
    compiled = nnx.jit(call, **mode)
    return lambda x: compiled(model, x)


def jit_partial(call: Call, model: Any, **mode: Any) -> Step:
    return nnx.jit_partial(call, model, **mode)


def cached_partial(call: Call, model: Any, **mode: Any) -> Step:
    return nnx.cached_partial(nnx.jit(call, **mode), model, **mode)


def grad(call: Call, model: Any, **mode: Any) -> Step:
    gradient = nnx.grad(sum_of_squares(call), argnums=1, **mode)
    return lambda x: gradient(model, x)


def grad_of_diff_state(call: Call, model: Any, **mode: Any) -> Step:
    gradient = nnx.grad(sum_of_squares(call), argnums=nnx.DiffState(0, nnx.Param), **mode)
    return lambda x: gradient(model, x)


def value_and_grad(call: Call, model: Any, **mode: Any) -> Step:
    gradient = nnx.value_and_grad(sum_of_squares(call), argnums=1, **mode)
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
    gradient = nnx.grad(sum_of_squares(nnx.remat(call, **mode)), argnums=1, **mode)
    return lambda x: gradient(model, x)


def vmap(call: Call, model: Any, **mode: Any) -> Step:
    mapped = nnx.vmap(call, in_axes=(0, 0), out_axes=0, **mode)
    return lambda x: mapped(model, three_inputs(x))


def vmap_broadcast(call: Call, model: Any, **mode: Any) -> Step:
    mapped = nnx.vmap(call, in_axes=(None, 0), out_axes=0, **mode)
    return lambda x: mapped(model, three_inputs(x))


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

    return lambda x: steps(model, three_inputs(x))[1]


def scan_of_state_axes(call: Call, model: Any, **mode: Any) -> Step:
    steps = nnx.scan(call, in_axes=(nnx.StateAxes({...: nnx.Carry}), 0), out_axes=0, length=3, **mode)
    return lambda x: steps(model, three_inputs(x))


def cond(call: Call, model: Any, **mode: Any) -> Step:
    return lambda x: nnx.cond(jnp.sum(x) < 99, call, no_call, model, x, **mode)


def switch(call: Call, model: Any, **mode: Any) -> Step:
    return lambda x: nnx.switch(jnp.int32(1), [no_call, call], model, x, **mode)


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


# Transforms of JAX: `nnx.split` outside, `nnx.merge` inside.


def jit_of_split_merge(call: Call, model: Any) -> Step:
    @jax.jit
    def pure(graph: Any, state: Any, x: jax.Array) -> Any:
        merged = flax_api.merged(graph, state)
        return call(merged, x), nnx.state(merged)

    def step(x: jax.Array) -> Any:
        output, state = pure(*nnx.split(model), x)
        nnx.update(model, state)
        return output

    return step


def scan_of_split_merge(call: Call, model: Any) -> Step:
    def step(x: jax.Array) -> Any:
        graph, state = nnx.split(model)

        def pure(state: Any, x: jax.Array) -> Any:
            merged = flax_api.merged(graph, state)
            output = call(merged, x)
            return nnx.state(merged), output

        state, outputs = jax.lax.scan(pure, state, three_inputs(x))
        nnx.update(model, state)
        return outputs

    return step


# Transforms of JAX: the model is an argument, which it can be since it is a pytree.


def jit_of_pytree(call: Call, model: Any) -> Step:
    @jax.jit
    def pure(model: Any, x: jax.Array) -> Any:
        return call(model, x), nnx.state(model)

    def step(x: jax.Array) -> Any:
        output, state = pure(model, x)
        nnx.update(model, state)
        return output

    return step


def fori_loop_of_pytree(call: Call, model: Any) -> Step:
    def step(x: jax.Array) -> Any:
        looped, output = jax.lax.fori_loop(0, 3, lambda _, carry: (carry[0], call(*carry)), (model, x))
        nnx.update(model, nnx.state(looped))
        return output

    return step


def cond_of_pytree(call: Call, model: Any) -> Step:
    def step(x: jax.Array) -> Any:
        called, output = jax.lax.cond(
            jnp.sum(x) < 99, lambda model, x: (model, call(model, x)), lambda model, x: (model, x), model, x
        )
        nnx.update(model, nnx.state(called))
        return output

    return step


# Transforms of JAX and NNX: the function closes over the model.


def closed_over_by_jit(call: Call, model: Any) -> Step:
    return jax.jit(lambda x: call(model, x))


def closed_over_by_grad(call: Call, model: Any) -> Step:
    return jax.grad(lambda x: sum_of_squares(call)(model, x))


def closed_over_by_vmap(call: Call, model: Any) -> Step:
    return lambda x: jax.vmap(lambda x: call(model, x))(three_inputs(x))


def closed_over_by_checkpoint(call: Call, model: Any) -> Step:
    return jax.grad(jax.checkpoint(lambda x: sum_of_squares(call)(model, x)))


def closed_over_by_eval_shape(call: Call, model: Any) -> Step:
    def shape(x: jax.Array) -> Any:
        found = jax.eval_shape(lambda x: call(model, x), x)
        return jnp.zeros(found.shape, found.dtype)

    return shape


def closed_over_by_scan(call: Call, model: Any) -> Step:
    return lambda x: jax.lax.scan(lambda _, x: (None, call(model, x)), None, three_inputs(x))[1]


def closed_over_by_map(call: Call, model: Any) -> Step:
    return lambda x: jax.lax.map(lambda x: call(model, x), three_inputs(x))


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


# Each in graph mode, with `graph=False`, and with `graph_updates=False`.
_IN_EVERY_MODE = {
    "nnx.jit": jit,
    "nnx.jit_partial": jit_partial,
    "nnx.grad": grad,
    "nnx.value_and_grad": value_and_grad,
    "nnx.vjp": vjp,
    "nnx.custom_vjp": custom_vjp,
    "nnx.remat": remat,
    "nnx.vmap": vmap,
    "nnx.vmap-broadcast": vmap_broadcast,
    "nnx.pmap": pmap,
    "nnx.shard_map": shard_map,
    "nnx.scan": scan,
    "nnx.cond": cond,
    "nnx.switch": switch,
    "nnx.while_loop": while_loop,
    "nnx.fori_loop": fori_loop,
    "nnx.eval_shape": eval_shape,
}
# Those that map over a leading axis of the variables, and its length.
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


def _in_every_mode() -> Iterator[tuple[str, Transform]]:
    for name, make in _IN_EVERY_MODE.items():
        api, stacked = name.partition("-")[0], _STACKED.get(name, 0)
        yield name, Transform(make, (api,), stacked=stacked)
        for option in ("graph", "graph_updates"):
            yield f"{name}-{option}=False", Transform(make, (f"{api}({option})",), {option: False}, stacked)


# `nnx.cached_partial`, `nnx.DiffState` and `nnx.StateAxes` work in graph mode only.
TRANSFORMS: dict[str, Transform] = {
    **dict(_in_every_mode()),
    "nnx.cached_partial": Transform(cached_partial, ("nnx.cached_partial",)),
    "nnx.grad-DiffState": Transform(grad_of_diff_state, ("nnx.grad", "nnx.DiffState")),
    "nnx.scan-StateAxes": Transform(scan_of_state_axes, ("nnx.scan", "nnx.StateAxes")),
    "nnx.set_graph_mode": Transform(jit_in_tree_mode, ("nnx.set_graph_mode",)),
    "nnx.set_graph_updates": Transform(jit_without_graph_updates, ("nnx.set_graph_updates",)),
    "jax.jit-split_merge": Transform(jit_of_split_merge),
    "jax.lax.scan-split_merge": Transform(scan_of_split_merge),
    "jax.jit-pytree": Transform(jit_of_pytree),
    "jax.lax.fori_loop-pytree": Transform(fori_loop_of_pytree),
    "jax.lax.cond-pytree": Transform(cond_of_pytree),
}
CLOSURES: dict[str, Transform] = {
    **{f"{name}-closure": Transform(make, has_rngs=False) for name, make in _OF_JAX.items()},
    "nnx.jvp-closure": Transform(closed_over_by_nnx_jvp, ("nnx.jvp",), has_rngs=False),
}
# For what is tried with less than every transform.
COMMON = {
    name: TRANSFORMS[name]
    for name in (
        "nnx.jit",
        "nnx.jit-graph=False",
        "nnx.jit-graph_updates=False",
        "nnx.cached_partial",
        "nnx.scan",
        "nnx.fori_loop",
        "nnx.cond",
    )
}
