"""Features of modules: parameters, submodules, and how they are put together."""

from properties.programs.to_nnx.builder import Draft
from properties.programs.to_nnx.features import Style, part


@part()
def dense(draft: Draft) -> None:
    """An `nn.Dense` submodule."""
    layer = draft.block.submodule("nn.Dense(3)", "dense")
    draft.block.write(f"x = {layer}(x)")


@part()
def param(draft: Draft) -> None:
    """A parameter created by `self.param`."""
    name = draft.block.fresh("a")
    value = draft.block.define(name, f'self.param("{name}", nn.initializers.normal(), (1,))')
    draft.block.write(f"x = x + {value}")


@part()
def layer_norm(draft: Draft) -> None:
    """An `nn.LayerNorm` submodule, whose parameters have the width of the input."""
    draft.block.write(f"x = {draft.block.submodule('nn.LayerNorm()', 'norm')}(x)")


@part()
def shared_submodule(draft: Draft) -> None:
    """A submodule that is called twice."""
    shared = draft.block.define(draft.block.fresh("shared"), "nn.LayerNorm()")
    draft.block.write(f"x = {shared}(jnp.sin({shared}(x)))")


@part()
def weight_norm(draft: Draft) -> None:
    """An `nn.WeightNorm` submodule, whose parameters have slashes in their names."""
    draft.block.write(f"x = {draft.block.submodule('nn.WeightNorm(nn.Dense(3))', 'normed')}(x)")


@part()
def sequential(draft: Draft) -> None:
    """Submodules in an `nn.Sequential`."""
    layers = draft.block.submodule("nn.Sequential([nn.Dense(3), nn.relu, nn.Dense(3)])", "layers")
    draft.block.write(f"x = {layers}(x)")


@part(Style.SETUP)
def submodules_in_a_list(draft: Draft) -> None:
    """Submodules in a list attribute, named by position."""
    layers = draft.block.define(draft.block.fresh("layers"), "[nn.Dense(3), nn.Dense(3)]")
    draft.block.write(f"""
        for layer in {layers}:
            x = layer(x)
    """)


@part(Style.SETUP)
def submodules_in_a_dict(draft: Draft) -> None:
    """Submodules in a dict attribute, named by key."""
    layers = draft.block.define(draft.block.fresh("layers"), '{"a": nn.Dense(3), "b": nn.Dense(3)}')
    draft.block.write(f'x = {layers}["b"]({layers}["a"](x))')
