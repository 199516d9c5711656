"""Linen's transforms over an axis of the variables; NNX repeats them with a function of the variables."""

from properties.writing_nnx.draft import Draft


def vmap(draft: Draft) -> None:
    """The lifted nn.vmap, with parameters of their own for each element of the batch."""
    axes = _axes(draft)
    draft.linen = f'nn.vmap(bridge.ToLinen, variable_axes={axes}, split_rngs={{"params": True}})({_block(draft)})'
    _compare(draft, "jax.vmap(nnx_apply)(unboxed(variables), x)")


def scan(draft: Draft) -> None:
    """The lifted nn.scan, with parameters of their own for each step."""
    _scanned(draft, f'variable_axes={_axes(draft)}, split_rngs={{"params": True}}, length=2')
    _compare(draft, "jax.lax.scan(lambda x, variables: nnx_apply(variables, x), x, unboxed(variables))")


def scan_with_carry(draft: Draft) -> None:
    """The lifted nn.scan, whose steps share the parameters and hand on what they change."""
    names = ", ".join(f'"{name}"' for name in draft.mutable)
    _scanned(draft, f'variable_broadcast=["params", "nnx"], variable_carry=[{names}], length=2')
    _compare(
        draft,
        "jax.lax.scan(lambda carry, _: (nnx_apply(carry[1], carry[0]), None), (x, unboxed(variables)), length=2)[0]",
    )


def _scanned(draft: Draft, how: str) -> None:
    values = ", ".join(["Block", *draft.arguments.values()])
    draft.surround(
        "class Linen(nn.Module):\n"
        "    @nn.compact\n"
        "    def __call__(self, x):\n"
        f"        return bridge.to_linen({values})(x), None"
    )
    draft.linen = f"nn.scan(Linen, {how})()"


def _compare(draft: Draft, expected: str) -> None:
    pass


def _axes(draft: Draft) -> str:
    # Before 0.10.6 the collection nnx holds the module's definition, which has no axis.
    return "{" + ", ".join([*(f'"{name}": 0' for name in ["params", *draft.mutable]), '"nnx": None']) + "}"


def _block(draft: Draft) -> str:
    return "Block" + (f", args=({', '.join(draft.arguments.values())},)" if draft.arguments else "")
