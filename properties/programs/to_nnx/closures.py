"""Whole programs: a `ToNNX` layer in the closure of a transformed function."""

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program

# jax 0.4 traces these transforms by value, and the others to a jaxpr.
_BY_VALUE = [
    "jax.grad(lambda w: (call(x) * w).sum())(2.0)",
    "nnx.grad(lambda w: (call(x) * w).sum())(2.0)",
    "jax.vmap(call)(x)",
]
_TO_JAXPR = [
    "jax.jit(call)(x)",
    "nnx.jit(lambda x: call(x))(x)",
    "jax.checkpoint(call)(x)",
    "jax.lax.map(call, x)",
]


def _closed_over(builder: LinenProgramBuilder, transforms: list[str]) -> None:
    builder.write_program(f"""
        def transformed(call):
            return {builder.draw(st.sampled_from(transforms))}

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(nn.Dense(3), rngs=nnx.Rngs(0)).lazy_init(x)
        variables = linen_variables(layer)
        assert_same(transformed(layer), transformed(lambda x: nn.Dense(3).apply(variables, x)))
        kept = [leaf for leaf in jax.tree.leaves(nnx.state(layer)) if isinstance(leaf, jax.core.Tracer)]
        assert not kept, "the layer keeps tracers"
    """)


@program()
def closed_over_by_grad(builder: LinenProgramBuilder) -> None:
    """A layer that draws no keys, in a closure under `jax.grad`, `nnx.grad` or `jax.vmap`."""
    _closed_over(builder, _BY_VALUE)


@program()
def closed_over_by_jit(builder: LinenProgramBuilder) -> None:
    """A layer that draws no keys, in a closure under `jax.jit`, `nnx.jit`, `jax.checkpoint` or `jax.lax.map`."""
    _closed_over(builder, _TO_JAXPR)
