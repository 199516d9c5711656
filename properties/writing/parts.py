"""Features of modules: parameters, submodules, and how they are put together."""

from properties.writing.draft import Draft
from properties.writing.features import Style, part


@part()
def dense(draft: Draft) -> None:
    """A Dense."""
    layer = draft.block.submodule("nn.Dense(3)", "dense")
    draft.block.write(f"x = {layer}(x)")


@part()
def param(draft: Draft) -> None:
    """A parameter of the module itself."""
    name = draft.block.fresh("a")
    value = draft.block.define(name, f'self.param("{name}", nn.initializers.normal(), (1,))')
    draft.block.write(f"x = x + {value}")


@part()
def layer_norm(draft: Draft) -> None:
    """A LayerNorm, whose parameters have the width of the input."""
    draft.block.write(f"x = {draft.block.submodule('nn.LayerNorm()', 'norm')}(x)")


@part()
def shared_submodule(draft: Draft) -> None:
    """One submodule that is called twice."""
    shared = draft.block.define(draft.block.fresh("shared"), "nn.LayerNorm()")
    draft.block.write(f"x = {shared}(jnp.sin({shared}(x)))")


@part()
def weight_norm(draft: Draft) -> None:
    """A WeightNorm, the names of whose parameters have slashes in them."""
    draft.block.write(f"x = {draft.block.submodule('nn.WeightNorm(nn.Dense(3))', 'normed')}(x)")


@part()
def sequential(draft: Draft) -> None:
    """Submodules in a list that is handed to Sequential."""
    layers = draft.block.submodule("nn.Sequential([nn.Dense(3), nn.relu, nn.Dense(3)])", "layers")
    draft.block.write(f"x = {layers}(x)")


@part(Style.SETUP)
def submodules_in_a_list(draft: Draft) -> None:
    """Submodules in a list that is an attribute, named by their positions."""
    layers = draft.block.define(draft.block.fresh("layers"), "[nn.Dense(3), nn.Dense(3)]")
    draft.block.write(f"""
        for layer in {layers}:
            x = layer(x)
    """)


@part(Style.SETUP)
def submodules_in_a_dict(draft: Draft) -> None:
    """Submodules in a dictionary that is an attribute, named by their keys."""
    layers = draft.block.define(draft.block.fresh("layers"), '{"a": nn.Dense(3), "b": nn.Dense(3)}')
    draft.block.write(f'x = {layers}["b"]({layers}["a"](x))')
