"""Flags of `flax.config` around a `ToLinen` module."""

from hypothesis import strategies as st

from properties.programs.flags import FLIPPED
from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature

program = feature(NnxFeatureKind.PROGRAM)

_X = "x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)"
_SCALE = """
    class Scale(nnx.Module):
        def __init__(self, size, *, rngs):
            self.w = nnx.Param(jax.random.normal(rngs.params(), (size,)))

        def __call__(self, x):
            return x * self.w[...]
"""


@program
def flag_flax_fix_rng_separator(builder: NnxProgramBuilder) -> None:
    """The flag `flax_fix_rng_separator`, on or off: whether keys of `ToLinen` modules tell `a/bc` from `ab/c`."""
    value = builder.draw(st.booleans())
    builder.write_program(
        "import contextlib",
        FLIPPED,
        _SCALE,
        f"""
        class Inner(nn.Module):
            bridged: bool
            inner: str

            @nn.compact
            def __call__(self, x):
                if self.bridged:
                    return bridge.to_linen(Scale, 3, name=self.inner)(x)
                return nn.Dense(3, name=self.inner)(x)

        class Block(nn.Module):
            bridged: bool

            @nn.compact
            def __call__(self, x):
                return Inner(self.bridged, "c", name="ab")(x), Inner(self.bridged, "bc", name="a")(x)

        {_X}
        with flipped("flax_fix_rng_separator", {value}):
            params, others = (unboxed(Block(one).init(jax.random.key(0), x))["params"] for one in (True, False))
        is_same = jnp.array_equal(params["ab"]["c"]["w"], params["a"]["bc"]["w"])
        assert is_same == jnp.array_equal(others["ab"]["c"]["kernel"], others["a"]["bc"]["kernel"]) == (not {value})
        """,
    )


# Without a submodule: `frozen_dict` says that `ToLinen` refused a `FrozenDict` of submodules.
@program
def flag_flax_return_frozendict(builder: NnxProgramBuilder) -> None:
    """The flag `flax_return_frozendict`, on or off: `init` and `apply` of a `ToLinen` module."""
    value = builder.draw(st.booleans())
    builder.write_program(
        "import contextlib",
        FLIPPED,
        f"""
        class Scale(nnx.Module):
            def __init__(self, *, rngs):
                self.w = nnx.Param(jax.random.normal(rngs.params(), (3,)))
                self.calls = nnx.BatchStat(jnp.zeros(()))

            def __call__(self, x):
                self.calls.value = self.calls[...] + 1
                return x * self.w[...] + self.calls[...]

        {_X}
        linen = bridge.to_linen(Scale)
        with flipped("flax_return_frozendict", {value}):
            variables = linen.init(jax.random.key(0), x)
            y, updates = linen.apply(variables, x, mutable=["batch_stats"])
        assert [type(one) for one in (variables, updates)] == [{"flax.core.FrozenDict" if value else "dict"}] * 2
        assert_same(y, x * unboxed(variables)["params"]["w"] + 1)
        assert_same(unboxed(updates), {{"batch_stats": {{"calls": jnp.ones(())}}}})
        """,
    )


@program
def flag_flax_preserve_adopted_names(builder: NnxProgramBuilder) -> None:
    """The flag `flax_preserve_adopted_names`, on or off: names of `ToLinen` modules that a Linen module gets."""
    value = builder.draw(st.booleans())
    builder.write_program(
        "import contextlib",
        FLIPPED,
        _SCALE,
        f"""
        class Block(nn.Module):
            inner: nn.Module
            more: list

            def __call__(self, x):
                for layer in (self.inner, *self.more):
                    x = layer(x)
                return x

        {_X}
        with flipped("flax_preserve_adopted_names", {value}):
            plain = Block(nn.Dense(3, name="kept"), [nn.Dense(3, name="also"), nn.Dense(3)])
            expected = plain.init(jax.random.key(0), x)["params"].keys()
            linen = Block(
                bridge.to_linen(Scale, 3, name="kept"),
                [bridge.ToLinen(Scale, args=(3,), name="also"), bridge.to_linen(Scale, 3)],
            )
            variables = linen.init(jax.random.key(0), x)
            y = linen.apply(variables, x)
        params = unboxed(variables)["params"]
        names = {["kept", "also", "more_1"] if value else ["inner", "more_0", "more_1"]}
        assert params.keys() == expected == set(names)
        for name in names:
            x = x * params[name]["w"]
        assert_same(y, x)
        """,
    )


@feature(NnxFeatureKind.PROGRAM, needs="config.nnx_sow_capture_noop")
def flag_nnx_sow_capture_noop(builder: NnxProgramBuilder) -> None:
    """The flag `nnx_sow_capture_noop`, on or off: what an NNX module in `ToLinen` sows."""
    value = builder.draw(st.booleans())
    builder.write_program(
        "import contextlib",
        FLIPPED,
        f"""
        class Block(nnx.Module):
            def __init__(self, *, rngs):
                self.w = nnx.Param(jnp.ones(3))

            def __call__(self, x):
                self.sow(nnx.Intermediate, "h", 2 * x)
                return x * self.w[...]

        {_X}
        linen = bridge.to_linen(Block)
        with flipped("nnx_sow_capture_noop", {value}):
            variables = linen.init(jax.random.key(0), x)
            y, updates = linen.apply({{"params": variables["params"]}}, x, mutable=["intermediates"])
            block = Block(rngs=nnx.Rngs(0))
            expected = block(x)
            sown = variables_of(block, "intermediates")
        assert_same(y, expected)
        assert bool(sown) is not {value}
        assert_same(unboxed(updates), sown)
        """,
    )
