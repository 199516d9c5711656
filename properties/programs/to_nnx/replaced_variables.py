"""Whole programs: an attribute of a `ToNNX` layer is replaced, deleted or added, and the layer is called."""

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.variable_tools import with_attributes, with_boxes

_BLOCK = """
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x):
            kernel = self.param("kernel", nn.initializers.lecun_normal(), (3, 3))
            count = self.variable("counter", "count", jnp.zeros, (3,))
            if self.is_mutable_collection("counter"):
                count.value = count.value + 1
            return x @ kernel + count.value

    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    linen, layer = Block(), bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(x)
    variables = linen_variables(layer)
    value = 2 * variables["params"]["kernel"]
"""
_CALLS = {
    "immutable": """
    assert_same(layer(x), linen.apply(variables, x))
""",
    "mutable": """
    y, updates = linen.apply(variables, x, mutable=["counter"])
    assert_same(layer(x, mutable=["counter"]), y)
    variables = variables | updates
""",
}


_STATE = """
    assert_same(linen_variables(layer), variables)
"""


def _write(builder: LinenProgramBuilder, change: str, after: str) -> None:
    """The change; the calls, in one order or the other; then what holds AFTER."""
    calls = builder.draw(st.permutations([*_CALLS]))
    builder.write_program(_BLOCK + change + "".join(_CALLS[kind] for kind in calls) + after)


@with_boxes
def variable_replaced_by_a_param(builder: LinenProgramBuilder) -> None:
    """A layer whose parameter is replaced by another `nnx.Param`."""
    _write(
        builder,
        """
    layer.kernel = held = nnx.Param(value)
    variables["params"] = {"kernel": value}
""",
        _STATE
        + """
    assert layer.kernel is held
""",
    )


@with_boxes
def variable_replaced_by_a_subclass(builder: LinenProgramBuilder) -> None:
    """A layer whose parameter is replaced by one of a subclass of `nnx.Param`."""
    _write(
        builder,
        """
    class Frozen(nnx.Param):
        pass

    layer.kernel = held = Frozen(value)
    variables["params"] = {"kernel": value}
""",
        """
    assert layer.kernel is held
    assert_same((held.value, layer.count.value), (value, variables["counter"]["count"]))
""",
    )


@with_boxes
def variable_replaced_by_another_type(builder: LinenProgramBuilder) -> None:
    """A layer whose parameter is replaced by an `nnx.Variable` of another collection, and then put back."""
    kind, name = builder.draw(st.sampled_from([("BatchStat", "batch_stats"), ("Cache", "cache")]))
    call = builder.draw(st.sampled_from(["", ', mutable=["counter"]']))
    _write(
        builder,
        f"""
    held, layer.kernel = layer.kernel, nnx.{kind}(value)
    moved = {{"counter": variables["counter"], "{name}": {{"kernel": value}}}}
    of_linen = raised(lambda: linen.apply(moved, x{call}))
    assert raised(lambda: layer(x{call})) is of_linen is not None
    assert_same(linen_variables(layer), moved)
    layer.kernel = held
""",
        _STATE,
    )


@with_boxes
def variable_replaced_by_an_array(builder: LinenProgramBuilder) -> None:
    """A layer whose parameter is replaced by an array: calls raise and change nothing, until it is put back."""
    call = builder.draw(st.sampled_from(["", ', mutable=["counter"]']))
    _write(
        builder,
        f"""
    held, before = layer.kernel, jax.tree.map(jnp.copy, variables)
    layer.kernel = nnx.data(value) if hasattr(nnx, "data") else value
    assert raised(lambda: layer(x{call})) is not None
    assert layer.kernel is not held
    layer.kernel = held
    assert_same(linen_variables(layer), before)
""",
        _STATE,
    )


@with_attributes
def variable_deleted_and_added(builder: LinenProgramBuilder) -> None:
    """A layer whose parameter is deleted and then added again: calls between raise as in Linen."""
    call = builder.draw(st.sampled_from(["", ', mutable=["counter"]']))
    _write(
        builder,
        f"""
    held = layer.kernel
    del layer.kernel
    rest = {{"counter": variables["counter"]}}
    assert raised(lambda: layer(x{call})) is raised(lambda: linen.apply(rest, x{call})) is not None
    assert_same(linen_variables(layer), rest)
    layer.kernel = held
""",
        _STATE
        + """
    assert layer.kernel is held
""",
    )


@with_boxes
def variable_of_the_user(builder: LinenProgramBuilder) -> None:
    """A layer to which the user adds an `nnx.Param` that its Linen module does not know."""
    _write(
        builder,
        """
    layer.scale = held = nnx.Param(value)
    variables["params"] = {**variables["params"], "scale": value}
""",
        _STATE
        + """
    assert layer.scale is held
""",
    )
