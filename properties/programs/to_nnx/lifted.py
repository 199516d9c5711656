"""Features of modules: Linen's lifted transforms."""

from properties.programs.to_nnx import steps
from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import Style, part, program


@part()
def remat(builder: LinenProgramBuilder) -> None:
    """A submodule under `nn.remat`."""
    layer = builder.block.submodule("nn.remat(nn.Dense)(3)", "layer")
    builder.block.write(f"x = {layer}(x)")


@part()
def lifted_jit(builder: LinenProgramBuilder) -> None:
    """A submodule under `nn.jit`."""
    layer = builder.block.submodule("nn.jit(nn.Dense)(3)", "layer")
    builder.block.write(f"x = {layer}(x)")


@part()
def lifted_vmap(builder: LinenProgramBuilder) -> None:
    """A submodule under `nn.vmap`, with separate parameters for each row."""
    lifted = 'nn.vmap(nn.Dense, variable_axes={"params": 0}, split_rngs={"params": True})(3)'
    builder.block.write(f"x = {builder.block.submodule(lifted, 'layers')}(x)")


@part(Style.COMPACT)
def scan(builder: LinenProgramBuilder) -> None:
    """Layers under `nn.scan`, with stacked parameters."""
    builder.block.write("""
        layers = nn.scan(
            lambda layer, x, _: (layer(x), None), variable_axes={"params": 0}, split_rngs={"params": True}, length=2
        )
        x, _ = layers(nn.LayerNorm(), x, None)
    """)


@program()
def scan_with_variable_carry(builder: LinenProgramBuilder) -> None:
    """A counter carried through `nn.scan`, which each step changes."""
    builder.open(has_setup=False)
    builder.changes("counter")
    builder.block.write("""
        self.variable("counter", "n", jnp.zeros, ())
        def count(module, carry, _):
            n = module.get_variable("counter", "n") + 1
            module.put_variable("counter", "n", n)
            return carry + n, None
        x, _ = nn.scan(count, variable_carry="counter", length=2)(self, x, None)
    """)
    steps.init(builder)
    steps.mutable_call(builder)
    steps.mutable_call(builder)


@part(Style.COMPACT)
def while_loop(builder: LinenProgramBuilder) -> None:
    """An `nn.while_loop` that reads a parameter."""
    name = builder.block.fresh("a")
    builder.block.write(f"""
        self.param("{name}", nn.initializers.ones, ())
        x = nn.while_loop(
            lambda module, x: x.sum() < 9,
            lambda module, x: x + module.get_variable("params", "{name}"),
            self, x, broadcast_variables="params",
        )
    """)


@part(Style.COMPACT)
def cond(builder: LinenProgramBuilder) -> None:
    """An `nn.cond` whose branches call the same submodule."""
    builder.block.write("""
        x = nn.cond(x.sum() > 0, lambda layer, x: layer(x), lambda layer, x: -layer(x), nn.Dense(3), x)
    """)


@part(Style.COMPACT)
def map_variables(builder: LinenProgramBuilder) -> None:
    """A submodule whose parameters `nn.map_variables` transposes."""
    builder.block.write("""
        transposed = lambda variables: jax.tree.map(jnp.transpose, variables)
        mapped = nn.map_variables(nn.Dense, "params", transposed, transposed, init=self.is_initializing())
        x = mapped(3)(x)
    """)


@part(Style.SETUP)
def share_scope(builder: LinenProgramBuilder) -> None:
    """A submodule that shares the scope of its parent by `nn.share_scope`."""
    layer = builder.block.define(builder.block.fresh("layer"), "nn.Dense(3)")
    builder.block.setup.append(f"nn.share_scope(self, {layer})")
    builder.block.write(f"x = {layer}(x)")
