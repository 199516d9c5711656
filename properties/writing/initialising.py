"""Steps and programs: a layer that is initialised again, by another method, or from the state of another one."""

from hypothesis import strategies as st

from properties.writing.draft import SHAPES, Draft
from properties.writing.features import program, step
from properties.writing.steps import STATE, call, init, update, with_double


@step("late", "sown")
def init_again(draft: Draft) -> None:
    """A layer that is initialised again, for an input of another width where it was initialised before."""
    rows, columns = draft.draw(st.sampled_from(SHAPES))
    draft.step(f"x = jnp.linspace(-1.0, 1.0, {rows * columns}).reshape({rows}, {columns})")
    init(draft)
    call(draft)


@step("late", "sown")
def update_before_init(draft: Draft) -> None:
    """A layer that is never initialised, is given the state of another one, and then new parameters."""
    draft.step(f"""
        other, layer = layer, bridge.ToNNX({draft.made}, rngs={draft.made_rngs})
        nnx.update(layer, nnx.state(other, nnx.Not(nnx.RngState)))
        {STATE}
    """)
    update(draft)


@step("random", "late", "sown")
def lazy_init_of_a_method(draft: Draft) -> None:
    """A layer whose bound method is handed to bridge.lazy_init, once more."""
    draft.both("bridge.lazy_init(layer.__call__, x)", "variables = linen.init(keys, x)", STATE, keys=True)


@step("late", "sown")
def init_by_method(draft: Draft) -> None:
    """A layer that is initialised again, through another method."""
    with_double(draft)
    draft.both(
        'layer.lazy_init(x, method="double")', 'variables = linen.init(keys, x, method="double")', STATE, keys=True
    )


@step("late", "sown", needs="nnx.bridge.ToNNX.__getattr__")
def lazy_init_of_another_method(draft: Draft) -> None:
    """A layer that bridge.lazy_init initialises through another method of the Linen module, taken as an attribute."""
    with_double(draft)
    draft.both(
        "bridge.lazy_init(layer.double, x)", 'variables = linen.init(keys, x, method="double")', STATE, keys=True
    )


@program()
def init_by_a_method_with_its_own_submodule(draft: Draft) -> None:
    """A layer that is initialised through a method that uses another submodule than ``__call__`` does."""
    draft.whole("""
        class Block(nn.Module):
            def setup(self):
                self.dense, self.other = nn.Dense(3), nn.Dense(4)

            def __call__(self, x):
                return self.dense(x)

            def encode(self, x):
                return self.other(x)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0))
        with keys_handed_to_linen() as keys:
            layer.lazy_init(x, method="encode")
        variables = Block().init(keys, x, method="encode")
        assert_same(linen_variables(layer), variables)
        assert_same(layer(x, method="encode"), Block().apply(variables, x, method="encode"))
    """)


@program()
def lazy_init_gives_back_what_it_was_given(draft: Draft) -> None:
    """bridge.lazy_init of a layer gives back the layer, and of a bound method the method."""
    draft.whole("""
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(nn.Dense(3), rngs=nnx.Rngs(0))
        assert bridge.lazy_init(layer, x) is layer
        method = layer.__call__
        assert bridge.lazy_init(method, x) is method
    """)
