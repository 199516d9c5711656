"""Features of programs: names that Linen gives, and flags of `flax.config`."""

from hypothesis import strategies as st

from properties.programs.flags import FLIPPED
from properties.programs.to_nnx import layers, state, steps, streams
from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import FEATURES, LinenFeatureKind, add, program

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


# Before 0.10.0 a layer keeps the `FrozenDict` itself, so only values are compared.
@program()
def flag_flax_return_frozendict(builder: LinenProgramBuilder) -> None:
    """The flag `flax_return_frozendict`, on or off, which says whether Linen returns variables as a `FrozenDict`."""
    value = builder.draw(st.booleans())
    builder.write_program(
        "import contextlib",
        FLIPPED,
        f"""
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                count = self.variable("counter", "n", jnp.zeros, ())
                if self.is_mutable_collection("counter"):
                    count.value += 1
                return nn.Dense(3)(x) + count.value

        {_X}
        linen, layer = Block(), bridge.ToNNX(Block(), rngs=nnx.Rngs(0))
        with flipped("flax_return_frozendict", {value}):
            with capture_linen_rngs() as keys:
                layer.lazy_init(x)
            variables = linen.init(keys, x)
            assert_same(layer(x), linen.apply(variables, x))
            y = layer(x, mutable=["counter"])
            expected, updates = linen.apply(variables, x, mutable=["counter"])
            assert_same(y, expected)
            variables = {{**variables, **updates}}
            assert_same(layer(x), linen.apply(variables, x))
        """,
    )


def _flip(builder: LinenProgramBuilder, flag: str) -> None:
    """Nested modules with parameters, variables and random numbers, initialized and called under a flag."""
    builder.use("import contextlib", FLIPPED)
    builder.context = f'with flipped("{flag}", {builder.draw(st.booleans())}):'
    builder.open(has_setup=builder.draw(st.booleans()))
    builder.draw(st.sampled_from([layers.dense, layers.param]))(builder)
    state.put_variable(builder)
    if flag == "nnx_sow_capture_noop":
        state.sow(builder)
    if flag == "flax_always_shard_variable":
        flipped = builder.context.removeprefix("with ")
        FEATURES["partitioned_in_mesh"].write(builder)
        builder.context = f"{builder.context.removesuffix(':')}, {flipped}"
    if not flag.startswith("nnx"):
        streams.make_rng(builder)
    if builder.draw(st.booleans()):
        builder.open(has_setup=builder.draw(st.booleans()))
        layers.dense(builder)
    steps.init(builder)
    steps.mutable_call(builder)
    steps.call(builder)
    if flag.startswith("nnx"):
        steps.nnx_jit(builder)


def _add(flag: str, does: str) -> None:
    def write(builder: LinenProgramBuilder) -> None:
        _flip(builder, flag)

    add(
        f"flag_{flag}",
        f"The flag `{flag}`, on or off, which says whether {does}.",
        LinenFeatureKind.PROGRAM,
        write,
        needs=f"config.{flag}",
    )


for _flag, _does in {
    "flax_fix_rng_separator": "keys of submodules tell `a/bc` from `ab/c`",
    "flax_array_ref": "variables hold references to arrays",
    "flax_hijax_variable": "variables are a type of JAX",
    "flax_always_shard_variable": "new variables are sharded",
    "nnx_graph_mode": "transforms are in graph mode",
    "nnx_graph_updates": "transforms update graphs",
    "nnx_sow_capture_noop": "`nnx.Module.sow` is without effect outside of `nnx.capture`",
}.items():
    _add(_flag, _does)
