"""Features of programs: calls that raise in plain Linen; the bridge raises the same and keeps the state."""

from hypothesis import strategies as st

from properties.programs.to_nnx import layers, state, steps
from properties.programs.to_nnx.builder import Draft
from properties.programs.to_nnx.features import program


def _raises(draft: Draft, arguments: str) -> None:
    draft.step(f"""
        assert raised(lambda: layer({arguments})) is raised(lambda: linen.apply(variables, {arguments})) is not None
        {steps.STATE}
    """)


@program()
def change_of_an_immutable_collection_raises(draft: Draft) -> None:
    """A call that changes a collection that is not mutable."""
    draft.open(has_setup=False)
    draft.block.write('self.variable("counter", "count", jnp.zeros, ()).value += 1')
    steps.init(draft)
    _raises(draft, "x")
    steps.mutable_call_with(draft, '["counter"]')


@program()
def call_before_lazy_init_raises(draft: Draft) -> None:
    """A call before `lazy_init`."""
    draft.open(has_setup=draft.draw(st.booleans()))
    layers.param(draft)
    draft.step("variables = {}")
    _raises(draft, "x")
    steps.init(draft)


@program()
def wrong_input_width_raises(draft: Draft) -> None:
    """A call with an input of another width than `lazy_init` got."""
    draft.open(has_setup=draft.draw(st.booleans()))
    layers.dense(draft)
    steps.init(draft)
    _raises(draft, "x[:, :2]")
    steps.call(draft)


@program()
def unknown_argument_raises(draft: Draft) -> None:
    """A call with an argument that the module does not take."""
    draft.open(has_setup=draft.draw(st.booleans()))
    layers.param(draft)
    steps.init(draft)
    _raises(draft, "x, train=True")
    steps.call(draft)


@program()
def unknown_method_raises(draft: Draft) -> None:
    """A call of a method that the module does not have."""
    draft.open(has_setup=draft.draw(st.booleans()))
    layers.param(draft)
    steps.init(draft)
    _raises(draft, 'x, method="missing"')
    steps.call(draft)


@program()
def mutable_call_that_raises(draft: Draft) -> None:
    """A mutable call that changes a counter and then raises."""
    draft.open(has_setup=draft.draw(st.booleans()))
    state.counter(draft)
    layers.dense(draft)
    steps.init(draft)
    _raises(draft, 'x[:, :2], mutable=["counter"]')
    steps.mutable_call(draft)


@program()
def lazy_init_that_raises(draft: Draft) -> None:
    """A `lazy_init` that raises, followed by one that succeeds."""
    draft.open(has_setup=draft.draw(st.booleans()))
    layers.dense(draft)
    draft.step("""
        assert raised(lambda: layer.lazy_init(None)) is raised(lambda: linen.init(jax.random.key(0), None)) is not None
        assert_same(linen_variables(layer), {})
    """)
    steps.init(draft)
    steps.call(draft)


@program()
def lazy_init_of_other_callables_raises(draft: Draft) -> None:
    """`bridge.lazy_init` of a function, and of a method of a class that is not an `nnx.Module`."""
    draft.whole("""
        class Other:
            def method(self, x):
                return x

        x = jnp.ones((2, 3))
        assert raised(lambda: bridge.lazy_init(lambda x: x, x)) is ValueError
        assert raised(lambda: bridge.lazy_init(Other().method, x)) is ValueError
    """)
