"""Steps and programs: initialization again, by another method, or from the state of another layer."""

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import SHAPES, LinenProgramBuilder
from properties.programs.to_nnx.features import program, step
from properties.programs.to_nnx.steps import STATE, call, init, nnx_update, with_double


@step("late", "sown")
def repeated_lazy_init(builder: LinenProgramBuilder) -> None:
    """A second `lazy_init`, with an input of the same or another shape."""
    rows, columns = builder.draw(st.sampled_from(SHAPES))
    builder.step(f"x = jnp.linspace(-1.0, 1.0, {rows * columns}).reshape({rows}, {columns})")
    init(builder)
    call(builder)


@step("late", "sown")
def nnx_update_before_lazy_init(builder: LinenProgramBuilder) -> None:
    """`nnx.update` of an uninitialized layer with the state of another layer."""
    builder.step(f"""
        other, layer = layer, bridge.ToNNX({builder.made}, rngs={builder.made_rngs})
        nnx.update(layer, nnx.state(other, nnx.Not(nnx.RngState)))
        {STATE}
    """)
    nnx_update(builder)


@step("random", "late", "sown")
def lazy_init_of_bound_call(builder: LinenProgramBuilder) -> None:
    """`bridge.lazy_init` of the bound method `layer.__call__`."""
    builder.both("bridge.lazy_init(layer.__call__, x)", "variables = linen.init(keys, x)", STATE, keys=True)


@step("late", "sown")
def lazy_init_with_method(builder: LinenProgramBuilder) -> None:
    """A second `lazy_init`, with the argument `method`."""
    with_double(builder)
    builder.both(
        'layer.lazy_init(x, method="double")', 'variables = linen.init(keys, x, method="double")', STATE, keys=True
    )


@step("late", "sown", needs="nnx.bridge.ToNNX.__getattr__")
def lazy_init_of_method_attribute(builder: LinenProgramBuilder) -> None:
    """`bridge.lazy_init` of another method of the Linen module, as in `layer.double`."""
    with_double(builder)
    builder.both(
        "bridge.lazy_init(layer.double, x)", 'variables = linen.init(keys, x, method="double")', STATE, keys=True
    )


@program()
def lazy_init_by_method_with_other_submodule(builder: LinenProgramBuilder) -> None:
    """`lazy_init` by a method that uses another submodule than `__call__`."""
    builder.write_program("""
        class Block(nn.Module):
            def setup(self):
                self.dense, self.other = nn.Dense(3), nn.Dense(4)

            def __call__(self, x):
                return self.dense(x)

            def encode(self, x):
                return self.other(x)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0))
        with capture_linen_rngs() as keys:
            layer.lazy_init(x, method="encode")
        variables = Block().init(keys, x, method="encode")
        assert_same(linen_variables(layer), variables)
        assert_same(layer(x, method="encode"), Block().apply(variables, x, method="encode"))
    """)


@program()
def lazy_init_return_value(builder: LinenProgramBuilder) -> None:
    """The return value of `bridge.lazy_init`, for a layer and for a bound method."""
    builder.write_program("""
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(nn.Dense(3), rngs=nnx.Rngs(0))
        assert bridge.lazy_init(layer, x) is layer
        method = layer.__call__
        assert bridge.lazy_init(method, x) is method
    """)
