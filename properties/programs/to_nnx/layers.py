"""Features of modules: parameters, submodules, and how they are put together."""

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import Style, part


@part()
def dense(builder: LinenProgramBuilder) -> None:
    """An `nn.Dense` submodule."""
    layer = builder.block.submodule("nn.Dense(3)", "dense")
    builder.block.write(f"x = {layer}(x)")


@part()
def param(builder: LinenProgramBuilder) -> None:
    """A parameter created by `self.param`."""
    name = builder.block.fresh("a")
    value = builder.block.define(name, f'self.param("{name}", nn.initializers.normal(), (1,))')
    builder.block.write(f"x = x + {value}")


@part()
def layer_norm(builder: LinenProgramBuilder) -> None:
    """An `nn.LayerNorm` submodule, whose parameters have the width of the input."""
    builder.block.write(f"x = {builder.block.submodule('nn.LayerNorm()', 'norm')}(x)")


@part()
def shared_submodule(builder: LinenProgramBuilder) -> None:
    """A submodule that is called twice."""
    shared = builder.block.define(builder.block.fresh("shared"), "nn.LayerNorm()")
    builder.block.write(f"x = {shared}(jnp.sin({shared}(x)))")


@part()
def weight_norm(builder: LinenProgramBuilder) -> None:
    """An `nn.WeightNorm` submodule, whose parameters have slashes in their names."""
    builder.block.write(f"x = {builder.block.submodule('nn.WeightNorm(nn.Dense(3))', 'normed')}(x)")


@part()
def sequential(builder: LinenProgramBuilder) -> None:
    """Submodules in an `nn.Sequential`."""
    layers = builder.block.submodule("nn.Sequential([nn.Dense(3), nn.relu, nn.Dense(3)])", "layers")
    builder.block.write(f"x = {layers}(x)")


@part(Style.SETUP)
def submodules_in_a_list(builder: LinenProgramBuilder) -> None:
    """Submodules in a list attribute, named by position."""
    layers = builder.block.define(builder.block.fresh("layers"), "[nn.Dense(3), nn.Dense(3)]")
    builder.block.write(f"""
        for layer in {layers}:
            x = layer(x)
    """)


@part(Style.SETUP)
def submodules_in_a_dict(builder: LinenProgramBuilder) -> None:
    """Submodules in a dict attribute, named by key."""
    layers = builder.block.define(builder.block.fresh("layers"), '{"a": nn.Dense(3), "b": nn.Dense(3)}')
    builder.block.write(f'x = {layers}["b"]({layers}["a"](x))')
