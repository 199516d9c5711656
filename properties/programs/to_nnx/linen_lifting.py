"""Features of modules: lifted transforms that differentiate, choose, repeat, or name."""

from properties.programs.to_nnx import layers, steps
from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import Style, part, program


@part(Style.COMPACT)
def scan_with_broadcast(builder: LinenProgramBuilder) -> None:
    """`nn.broadcast` for an argument of `nn.scan`, which each step gets whole."""
    builder.block.write("""
        layers = nn.scan(
            lambda layer, x, shift, scale: (layer(x) * scale + shift, None),
            variable_axes={"params": 0}, split_rngs={"params": True}, in_axes=(nn.broadcast, 0), length=2,
        )
        x, _ = layers(nn.LayerNorm(), x, x[0], jnp.array([1.0, 2.0]))
    """)


@part()
def remat_scan(builder: LinenProgramBuilder) -> None:
    """A submodule under `nn.remat_scan`, with parameters stacked twice."""
    layer = builder.block.submodule("nn.remat_scan(nn.LayerNorm, lengths=(2, 2))()", "layers")
    builder.block.write(f"x = {layer}(x)")


@part(Style.COMPACT)
def switch(builder: LinenProgramBuilder) -> None:
    """An `nn.switch` whose branches call the same submodule."""
    builder.block.write("""
        branches = [lambda layer, x: layer(x), lambda layer, x: -layer(x), lambda layer, x: layer(2 * x)]
        x = nn.switch(jnp.int32(x.shape[0]), branches, nn.Dense(3), x)
    """)


@part(Style.COMPACT)
def lifted_grad(builder: LinenProgramBuilder) -> None:
    """`nn.grad` of a submodule with respect to its input."""
    builder.block.write("x = x + nn.grad(lambda layer, x: (layer(x) ** 2).sum(), nn.Dense(3), x)[0]")


@part(Style.COMPACT)
def lifted_value_and_grad(builder: LinenProgramBuilder) -> None:
    """`nn.value_and_grad` of a submodule with respect to its input."""
    builder.block.write("""
        value, (gradient,) = nn.value_and_grad(lambda layer, x: (layer(x) ** 2).sum(), nn.Dense(3), x)
        x = x * value + gradient
    """)


@part(Style.COMPACT)
def lifted_jvp(builder: LinenProgramBuilder) -> None:
    """`nn.jvp` of a submodule with respect to its parameters and its input."""
    builder.block.write("""
        layer = nn.Dense(3)
        layer(x)
        tangents = {"params": jax.tree.map(jnp.ones_like, layer.variables["params"])}
        y, tangent = nn.jvp(lambda layer, x: jnp.sin(layer(x)), layer, (x,), (2 * x,), tangents)
        x = y + tangent
    """)


@part(Style.COMPACT)
def custom_vjp(builder: LinenProgramBuilder) -> None:
    """A submodule whose gradients `nn.custom_vjp` replaces by their signs."""
    _custom_vjp(builder)


@program()
def gradients_of_a_custom_vjp(builder: LinenProgramBuilder) -> None:
    """Gradients by `nnx.grad` through an `nn.custom_vjp`."""
    builder.open(has_setup=False)
    layers.param(builder)
    _custom_vjp(builder)
    steps.init(builder)
    steps.nnx_grad(builder)
    builder.step("""
        signs = jax.tree.leaves(linen_variables(layer)["params"]["Dense_0"])
        assert all((abs(leaf) == 1).all() for leaf in signs), signs
    """)


def _custom_vjp(builder: LinenProgramBuilder) -> None:
    builder.block.write("""
        def backward(pullback, tangent):
            of_params, of_x = pullback(tangent)
            return jax.tree.map(jnp.sign, of_params), 2 * of_x
        call = lambda layer, x: layer(x)
        x = nn.custom_vjp(call, lambda layer, x: nn.vjp(call, layer, x), backward)(nn.Dense(3), x)
    """)


@program(needs="linen.fold_rngs")
def fold_rngs(builder: LinenProgramBuilder) -> None:
    """A submodule that draws keys under `nn.fold_rngs`."""
    builder.open(has_setup=False)
    builder.needs_stream("noise")
    builder.use(
        """class Drawing(nn.Module):
    @nn.compact
    def __call__(self, x):
        x = x + self.param("a", nn.initializers.normal(), (3,))
        return x + jax.random.normal(self.make_rng("noise"), x.shape)"""
    )
    builder.shape = (2, 3)
    builder.block.write("""
        x = Drawing()(x)
        for _ in range(2):
            x = nn.fold_rngs(Drawing)()(x)
    """)
    steps.init(builder)
    steps.call(builder)
    steps.call(builder)
