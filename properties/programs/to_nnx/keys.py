"""Features of programs: which keys a layer draws, and from which `nnx.Rngs`."""

from hypothesis import strategies as st

from properties.programs.to_nnx import layers, steps
from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program, step

_KEYS = st.sampled_from(["jax.random.key(7)", "jax.random.PRNGKey(7)"])


@program(needs="nnx.bridge.ToNNX.__init__(rngs: Array)")
def key_at_construction(builder: LinenProgramBuilder) -> None:
    """A `ToNNX` layer built with a key for `rngs`."""
    builder.open(has_setup=builder.draw(st.booleans()))
    builder.draw(st.sampled_from([layers.param, layers.dense]))(builder)
    builder.rngs = builder.draw(_KEYS)
    steps.init(builder)
    steps.call(builder)
    builder.step("""
        other = bridge.ToNNX(Block(), rngs=jax.random.key(8)).lazy_init(x)
        one, another = (jax.tree.leaves(linen_variables(layer))[-1] for layer in (layer, other))
        assert (one != another).any(), "another key gives the same parameters"
    """)


@step(needs="nnx.bridge.ToNNX.__call__(rngs: Array)", tried_with="make_rng")
def key_at_the_call(builder: LinenProgramBuilder) -> None:
    """A call with a key for `rngs`, which every RNG stream uses."""
    key = builder.draw(_KEYS)
    builder.both(
        f"y = layer(x, rngs={key})", f"expected = linen.apply(variables, x, rngs={key})", steps.OUTPUT, steps.STATE
    )


@program(needs="nnx.bridge.ToNNX.__call__(rngs: Array)")
def params_key_at_the_call(builder: LinenProgramBuilder) -> None:
    """A call with a key for `rngs`, of a module that draws from the RNG stream `params`."""
    key = builder.draw(_KEYS)
    builder.write_program(f"""
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                return x + jax.random.normal(self.make_rng("params"), x.shape)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(x)
        assert_same(layer(x, rngs={key}), Block().apply({{}}, x, rngs={key}))
    """)


@program()
def streams_at_the_call(builder: LinenProgramBuilder) -> None:
    """A call with an `nnx.Rngs` of several RNG streams."""
    builder.write_program("""
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                return [jax.random.normal(self.make_rng(name), x.shape) for name in ("noise", "sample")]

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0, noise=1, sample=2)).lazy_init(x)
        given, twin = (nnx.Rngs(params=0, noise=3, sample=4) for _ in range(2))
        assert_same(layer(x, rngs=given), Block().apply({}, x, rngs={"noise": twin.noise(), "sample": twin.sample()}))
    """)


@program()
def params_stream_next_to_default(builder: LinenProgramBuilder) -> None:
    """An `nnx.Rngs` with a `params` stream next to the default stream."""
    seed = builder.draw(st.integers(1, 2))
    builder.write_program(f"""
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        one = bridge.ToNNX(nn.Dense(3), rngs=nnx.Rngs(0, params={seed})).lazy_init(x)
        other = bridge.ToNNX(nn.Dense(3), rngs=nnx.Rngs(params={seed})).lazy_init(x)
        assert_same(linen_variables(one), linen_variables(other))
    """)


@program()
def rngs_of_the_caller(builder: LinenProgramBuilder) -> None:
    """The `nnx.Rngs` passed to `bridge.ToNNX`, unchanged by `lazy_init` and calls."""
    builder.write_program("""
        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        rngs, twin = nnx.Rngs(0), nnx.Rngs(0)
        layer, other = (bridge.ToNNX(nn.Dense(3), rngs=given) for given in (rngs, twin))
        layer.lazy_init(x)
        layer(x)
        assert_same(rngs.params(), twin.params())
    """)
