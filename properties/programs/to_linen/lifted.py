"""Whole programs: lifted transforms of `ToLinen`, with separate parameters for each row or step."""

from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature
from properties.programs.to_linen.templates import LAYER, SCALED

program = feature(NnxFeatureKind.PROGRAM)


# Excused: The axis for `nnx` has no effect since 0.10.6; `lifted_vmap_without_an_nnx_axis` leaves it out.
@program
def lifted_vmap(builder: NnxProgramBuilder) -> None:
    """`nn.vmap` of `bridge.ToLinen`, with separate parameters and statistics for each row."""
    builder.write_program(
        SCALED,
        """
        axes = {"params": 0, "batch_stats": 0, "nnx": None}
        linen = nn.vmap(bridge.ToLinen, variable_axes=axes, split_rngs={"params": True})(Block)
        variables = linen.init(jax.random.key(0), x)
        y, updates = linen.apply(variables, x, mutable=["batch_stats"])

        block = Block(rngs=nnx.Rngs(0))
        assert not jnp.array_equal(*unboxed(variables)["params"]["w"])
        for n in range(2):
            set_variables(block, jax.tree.map(lambda leaf: leaf[n], unboxed(variables)))
            assert_same(y[n], block(x[n]))
            assert_same(jax.tree.map(lambda leaf: leaf[n], unboxed(updates)), variables_of(block, "batch_stats"))
        """,
    )


# Excused: `nn.scan` compiles its body and may fuse what `nnx.jit` does not: outputs agree to 1e-6, and of the updates
# the shapes.
@program
def lifted_scan(builder: NnxProgramBuilder) -> None:
    """`nn.scan` over a `ToLinen` module, with separate parameters and statistics for each step."""
    builder.write_program(
        SCALED,
        """
        class Step(nn.Module):
            @nn.compact
            def __call__(self, x, _):
                return bridge.to_linen(Block, name="inner")(x), None

        kinds = {"variable_axes": {"params": 0, "batch_stats": 0}, "variable_broadcast": "nnx"}
        linen = nn.scan(Step, **kinds, split_rngs={"params": True}, length=2)()
        variables = linen.init(jax.random.key(0), x, None)
        (y, _), updates = linen.apply(variables, x, None, mutable=["batch_stats"])

        block = Block(rngs=nnx.Rngs(0))
        expected = x
        for n in range(2):
            step = jax.tree.map(lambda leaf: leaf[n], unboxed(variables))
            set_variables(block, {name: tree["inner"] for name, tree in step.items()})
            expected = nnx.jit(lambda block, x: block(x))(block, expected)
        np.testing.assert_allclose(y, expected, rtol=1e-6)
        assert jax.tree.map(jnp.shape, unboxed(updates)) == {"batch_stats": {"inner": {"mean": (2,)}}}
        """,
    )


@program
def lifted_vmap_without_an_nnx_axis(builder: NnxProgramBuilder) -> None:
    """`nn.vmap` of `bridge.ToLinen` without an axis for the collection `nnx`."""
    builder.write_program(
        SCALED,
        """
        axes = {"params": 0, "batch_stats": 0}
        linen = nn.vmap(bridge.ToLinen, variable_axes=axes, split_rngs={"params": True})(Block)
        variables = linen.init(jax.random.key(0), x)
        y = linen.apply(variables, x)

        block = Block(rngs=nnx.Rngs(0))
        for n in range(2):
            set_variables(block, jax.tree.map(lambda leaf: leaf[n], unboxed(variables)))
            assert_same(y[n], block(x[n]))
        """,
    )


@program
def lifted_vjp(builder: NnxProgramBuilder) -> None:
    """`nn.vjp` of a `ToLinen` module, with respect to its variables and the input."""
    builder.write_program(
        LAYER,
        """
        class Linen(nn.Module):
            @nn.compact
            def __call__(self, x):
                inner = bridge.to_linen(Block, name="inner")
                value, gradients = nn.vjp(lambda inner, x: (inner(x) ** 2).sum(), inner, x)
                return value, gradients(jnp.ones(()))

        linen = Linen()
        variables = linen.init(jax.random.key(0), x)
        value, (of_variables, of_x) = linen.apply(variables, x)

        block = Block(rngs=nnx.Rngs(0))
        set_variables(block, {"params": unboxed(variables)["params"]["inner"]})
        expected, gradients = nnx.value_and_grad(lambda block: (block(x) ** 2).sum())(block)
        assert_same(value, expected)
        assert_same(unboxed({"params": of_variables["params"]}), variables_of(gradients))
        assert_same(of_x, jax.grad(lambda x: (block(x) ** 2).sum())(x))
        """,
    )
