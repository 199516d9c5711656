"""Features of programs: attributes that a user adds to a `ToNNX` layer."""

from hypothesis import strategies as st

from properties.programs.to_nnx import layers, steps
from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program

_VALUES = st.sampled_from(["2.0", '"mine"', "nnx.relu"])


@program()
def user_attribute(builder: LinenProgramBuilder) -> None:
    """An attribute that the user sets on the `ToNNX` layer."""
    builder.open(has_setup=builder.draw(st.booleans()))
    layers.dense(builder)
    steps.init(builder)
    value = builder.draw(_VALUES)
    builder.step(f"layer.note = {value}")
    steps.call(builder)
    builder.step(f"assert layer.note == {value}")


@program()
def to_nnx_subclass_with_param(builder: LinenProgramBuilder) -> None:
    """A subclass of `bridge.ToNNX` that adds an `nnx.Param`."""
    builder.open(has_setup=builder.draw(st.booleans()))
    builder.draw(st.sampled_from([layers.dense, layers.layer_norm]))(builder)
    builder.step("""
        class Scaled(bridge.ToNNX):
            def __init__(self, *, rngs):
                super().__init__(Block(), rngs=rngs)
                self.scale = nnx.Param(jnp.full((), 2.0))

            def __call__(self, *args, **kwargs):
                return super().__call__(*args, **kwargs) * self.scale.value

        layer = Scaled(rngs=nnx.Rngs(0))
        with capture_linen_rngs() as keys:
            layer.lazy_init(x)
        variables = linen.init(keys, x)
        assert_same(layer(x), linen.apply(variables, x) * 2.0)
        assert layer.scale.value == 2.0
    """)


@program(needs="nnx.bridge.ToNNX.__getattr__")
def class_attribute(builder: LinenProgramBuilder) -> None:
    """A class attribute of the Linen module, which the `ToNNX` layer does not have."""
    value = builder.draw(st.sampled_from(["3", '"text"', "jnp.ones(3)"]))
    builder.write_program(f"""
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                return nn.Dense(3)(x)

        Block.size = {value}
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(x)
        assert raised(lambda: layer.size) is AttributeError
        assert not hasattr(layer, "size")
    """)
