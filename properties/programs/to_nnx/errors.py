"""Features of programs: calls that raise in plain Linen; the bridge raises the same and keeps the state."""

from hypothesis import strategies as st

from properties.programs.to_nnx import layers, state, steps
from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program


def _raises(builder: LinenProgramBuilder, arguments: str) -> None:
    builder.step(f"""
        assert raised(lambda: layer({arguments})) is raised(lambda: linen.apply(variables, {arguments})) is not None
        {steps.STATE}
    """)


@program()
def change_of_an_immutable_collection_raises(builder: LinenProgramBuilder) -> None:
    """A call that changes a collection that is not mutable."""
    builder.open(has_setup=False)
    builder.block.write('self.variable("counter", "count", jnp.zeros, ()).value += 1')
    steps.init(builder)
    _raises(builder, "x")
    steps.mutable_call_with(builder, '["counter"]')


@program()
def call_before_lazy_init_raises(builder: LinenProgramBuilder) -> None:
    """A call before `lazy_init`."""
    builder.open(has_setup=builder.draw(st.booleans()))
    layers.param(builder)
    builder.step("variables = {}")
    _raises(builder, "x")
    steps.init(builder)


@program()
def wrong_input_width_raises(builder: LinenProgramBuilder) -> None:
    """A call with an input of another width than `lazy_init` got."""
    builder.open(has_setup=builder.draw(st.booleans()))
    layers.dense(builder)
    steps.init(builder)
    _raises(builder, "x[:, :2]")
    steps.call(builder)


@program()
def unknown_argument_raises(builder: LinenProgramBuilder) -> None:
    """A call with an argument that the module does not take."""
    builder.open(has_setup=builder.draw(st.booleans()))
    layers.param(builder)
    steps.init(builder)
    _raises(builder, "x, train=True")
    steps.call(builder)


@program()
def unknown_method_raises(builder: LinenProgramBuilder) -> None:
    """A call of a method that the module does not have."""
    builder.open(has_setup=builder.draw(st.booleans()))
    layers.param(builder)
    steps.init(builder)
    _raises(builder, 'x, method="missing"')
    steps.call(builder)


@program()
def mutable_call_that_raises(builder: LinenProgramBuilder) -> None:
    """A mutable call that changes a counter and then raises."""
    builder.open(has_setup=builder.draw(st.booleans()))
    state.counter(builder)
    layers.dense(builder)
    steps.init(builder)
    _raises(builder, 'x[:, :2], mutable=["counter"]')
    steps.mutable_call(builder)


@program()
def lazy_init_that_raises(builder: LinenProgramBuilder) -> None:
    """A `lazy_init` that raises, followed by one that succeeds."""
    builder.open(has_setup=builder.draw(st.booleans()))
    layers.dense(builder)
    builder.step("""
        assert raised(lambda: layer.lazy_init(None)) is raised(lambda: linen.init(jax.random.key(0), None)) is not None
        assert_same(linen_variables(layer), {})
    """)
    steps.init(builder)
    steps.call(builder)


@program()
def lazy_init_of_other_callables_raises(builder: LinenProgramBuilder) -> None:
    """`bridge.lazy_init` of a function, and of a method of a class that is not an `nnx.Module`."""
    builder.write_program("""
        class Other:
            def method(self, x):
                return x

        x = jnp.ones((2, 3))
        assert raised(lambda: bridge.lazy_init(lambda x: x, x)) is ValueError
        assert raised(lambda: bridge.lazy_init(Other().method, x)) is ValueError
    """)
