"""Features of programs: names that Linen gives, and flags of `flax.config`."""

from hypothesis import strategies as st

from properties.programs.to_nnx import layers, state, steps, streams
from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import Kind, add, program

_X = "x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)"
_NAMED_SCOPES = f"""
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x):
            return self.up(self.down(x))

        @nn.compact_name_scope
        def down(self, x):
            return nn.Dense(2)(x)

        @nn.compact_name_scope
        def up(self, x):
            return nn.Dense(3)(x) + self.param("a", nn.initializers.normal(), (3,))

    {_X}
    linen, layer = Block(), bridge.ToNNX(Block(), rngs=nnx.Rngs(0))
"""


@program(needs="linen.compact_name_scope")
def compact_name_scope(builder: LinenProgramBuilder) -> None:
    """`nn.compact_name_scope`: methods whose names are those of scopes."""
    builder.write_program(
        _NAMED_SCOPES,
        """
        with bridged(), capture_linen_rngs() as keys:
            layer.lazy_init(x)
        with plain():
            variables = linen.init(keys, x)
        assert_same(linen_variables(layer), variables)

        assert_same(layer(x), linen.apply(variables, x))
        """,
    )


@program(needs="linen.compact_name_scope")
def method_with_a_name_scope(builder: LinenProgramBuilder) -> None:
    """`nn.compact_name_scope`: a method with a scope, called by `method`."""
    method = builder.draw(st.sampled_from(['"down"', "Block.down"]))
    builder.write_program(
        _NAMED_SCOPES,
        f"""
        variables = linen.init(jax.random.key(0), x)
        with capture_linen_rngs() as keys:
            bridge.lazy_init(layer, x, method={method})
        variables = linen.init(keys, x, method={method})
        assert_same(linen_variables(layer), variables)
        assert_same(layer(x, method={method}), linen.apply(variables, x, method={method}))
        """,
    )




def _flip(builder: LinenProgramBuilder, flag: str) -> None:
    """Nested modules with parameters, random numbers and a counter, initialized and called under a flag."""
    value = builder.draw(st.booleans())
    builder.context = f'with flax.config.temp_flip_flag("{flag}", {value}):'
    builder.open(has_setup=builder.draw(st.booleans()))
    builder.draw(st.sampled_from([layers.dense, layers.param]))(builder)
    state.put_variable(builder)
    streams.make_rng(builder)
    if builder.draw(st.booleans()):
        builder.open(has_setup=builder.draw(st.booleans()))
        layers.dense(builder)
    steps.init(builder)
    steps.mutable_call(builder)
    steps.call(builder)


def _add(flag: str, does: str) -> None:
    def write(builder: LinenProgramBuilder) -> None:
        _flip(builder, flag)

    needs = f"configurations.Config.flax_{flag}"
    add(f"flag_{flag}", f"`flax.config.flax_{flag}`, on or off: {does}.", Kind.PROGRAM, write, needs=needs)


for _flag, _does in {
    "return_frozendict": "Linen returns its variables as a `FrozenDict`",
    "fix_rng_separator": "keys of submodules depend on the borders of their names",
    "profile": "methods run in a named scope",
    "pytree_module": "new classes of NNX modules are pytrees",
    "array_ref": "variables hold references to arrays",
    "mutable_array": "variables hold references to arrays",
    "hijax_variable": "variables are types of JAX",
    "always_shard_variable": "variables are sharded when they are made",
}.items():
    _add(_flag, _does)
