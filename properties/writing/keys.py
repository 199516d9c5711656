"""Features of programs: a random key where an Rngs may be."""

from hypothesis import strategies as st

from properties.writing import parts, steps
from properties.writing.draft import Draft
from properties.writing.features import program, step

_KEYS = st.sampled_from(["jax.random.key(7)", "jax.random.PRNGKey(7)"])


@program(needs="nnx.bridge.ToNNX.__init__(rngs: Array)")
def key_at_construction(draft: Draft) -> None:
    """A layer that is given a key in place of an Rngs, which is the key of its parameters."""
    draft.open(has_setup=draft.draw(st.booleans()))
    draft.draw(st.sampled_from([parts.param, parts.dense]))(draft)
    draft.rngs = draft.draw(_KEYS)
    steps.init(draft)
    steps.call(draft)
    draft.step("""
        other = bridge.ToNNX(Block(), rngs=jax.random.key(8)).lazy_init(x)
        one, another = (jax.tree.leaves(linen_variables(layer))[-1] for layer in (layer, other))
        assert (one != another).any(), "another key gives the same parameters"
    """)


@step(needs="nnx.bridge.ToNNX.__call__(rngs: Array)")
def key_at_the_call(draft: Draft) -> None:
    """A call that is given a key in place of an Rngs, which serves every stream, as it does in plain Linen."""
    key = draft.draw(_KEYS)
    draft.step(f"""
        assert_same(layer(x, rngs={key}), linen.apply(variables, x, rngs={key}))
        assert_same(linen_variables(layer), variables)
    """)
