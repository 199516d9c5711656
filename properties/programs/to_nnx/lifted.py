"""Features of modules: Linen's lifted transforms."""

from properties.programs.to_nnx import steps
from properties.programs.to_nnx.builder import Draft
from properties.programs.to_nnx.features import Style, part, program


@part()
def remat(draft: Draft) -> None:
    """A submodule under `nn.remat`."""
    layer = draft.block.submodule("nn.remat(nn.Dense)(3)", "layer")
    draft.block.write(f"x = {layer}(x)")


@part()
def lifted_jit(draft: Draft) -> None:
    """A submodule under `nn.jit`."""
    layer = draft.block.submodule("nn.jit(nn.Dense)(3)", "layer")
    draft.block.write(f"x = {layer}(x)")


@part()
def lifted_vmap(draft: Draft) -> None:
    """A submodule under `nn.vmap`, with separate parameters for each row."""
    lifted = 'nn.vmap(nn.Dense, variable_axes={"params": 0}, split_rngs={"params": True})(3)'
    draft.block.write(f"x = {draft.block.submodule(lifted, 'layers')}(x)")


@part(Style.COMPACT)
def scan(draft: Draft) -> None:
    """Layers under `nn.scan`, with stacked parameters."""
    draft.block.write("""
        layers = nn.scan(
            lambda layer, x, _: (layer(x), None), variable_axes={"params": 0}, split_rngs={"params": True}, length=2
        )
        x, _ = layers(nn.LayerNorm(), x, None)
    """)


@program()
def scan_with_variable_carry(draft: Draft) -> None:
    """A counter carried through `nn.scan`, which each step changes."""
    draft.open(has_setup=False)
    draft.changes("counter")
    draft.block.write("""
        self.variable("counter", "n", jnp.zeros, ())
        def count(module, carry, _):
            n = module.get_variable("counter", "n") + 1
            module.put_variable("counter", "n", n)
            return carry + n, None
        x, _ = nn.scan(count, variable_carry="counter", length=2)(self, x, None)
    """)
    steps.init(draft)
    steps.mutable_call(draft)
    steps.mutable_call(draft)


@part(Style.COMPACT)
def while_loop(draft: Draft) -> None:
    """An `nn.while_loop` that reads a parameter."""
    name = draft.block.fresh("a")
    draft.block.write(f"""
        self.param("{name}", nn.initializers.ones, ())
        x = nn.while_loop(
            lambda module, x: x.sum() < 9,
            lambda module, x: x + module.get_variable("params", "{name}"),
            self, x, broadcast_variables="params",
        )
    """)


@part(Style.COMPACT)
def cond(draft: Draft) -> None:
    """An `nn.cond` whose branches call the same submodule."""
    draft.block.write("""
        x = nn.cond(x.sum() > 0, lambda layer, x: layer(x), lambda layer, x: -layer(x), nn.Dense(3), x)
    """)


@part(Style.COMPACT)
def map_variables(draft: Draft) -> None:
    """A submodule whose parameters `nn.map_variables` transposes."""
    draft.block.write("""
        transposed = lambda variables: jax.tree.map(jnp.transpose, variables)
        mapped = nn.map_variables(nn.Dense, "params", transposed, transposed, init=self.is_initializing())
        x = mapped(3)(x)
    """)


@part(Style.SETUP)
def share_scope(draft: Draft) -> None:
    """A submodule that shares the scope of its parent by `nn.share_scope`."""
    layer = draft.block.define(draft.block.fresh("layer"), "nn.Dense(3)")
    draft.block.setup.append(f"nn.share_scope(self, {layer})")
    draft.block.write(f"x = {layer}(x)")
