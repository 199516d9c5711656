"""Whole programs: round trips, Linen in NNX in Linen and NNX in Linen in NNX."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature
from properties.programs.to_linen.templates import LAYER, SCALED

program = feature(NnxFeatureKind.PROGRAM)


@program
def linen_to_nnx_to_linen(builder: NnxProgramBuilder) -> None:
    """A Linen module in `ToNNX` in `ToLinen`."""
    builder.write_program(
        """
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                return nn.Dense(4)(x)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        """,
        _BETWEEN,
        """
        assert_same(linen.apply(variables, x), Block().apply(expected, x))
        """,
    )


@program
def counter_round_trip(builder: NnxProgramBuilder) -> None:
    """A counter of a Linen module in `ToNNX` in `ToLinen`, in two mutable calls."""
    builder.write_program(
        """
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                calls = self.variable("counter", "calls", jnp.zeros, ())
                calls.value += 1
                return x + calls.value

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        """,
        _BETWEEN,
        """
        for _ in range(2):
            y, updates = linen.apply(variables, x, mutable=["counter"])
            wanted, changed = Block().apply(expected, x, mutable=["counter"])
            assert_same(y, wanted)
            assert_same({name: tree["layer"] for name, tree in unboxed(updates).items()}, changed)
            variables, expected = {**variables, **updates}, {**expected, **changed}
        """,
    )


@program
def mutable_empty_round_trip(builder: NnxProgramBuilder) -> None:
    """A `ToNNX` call with nothing mutable inside a mutable call of `ToLinen`."""
    builder.write_program(
        f"""
        class Counter(nn.Module):
            @nn.compact
            def __call__(self, x):
                calls = self.variable("counter", "calls", jnp.zeros, ())
                if self.is_mutable_collection("counter"):
                    calls.value += 1
                return x + calls.value

        class Between(nnx.Module):
            def __init__(self, *, rngs):
                self.layer = bridge.lazy_init(bridge.ToNNX(Counter(), rngs=rngs), x)

            def __call__(self, x):
                y = self.layer(x, mutable={builder.draw(st.sampled_from(["False", "[]"]))})
                return y

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.to_linen(Between)
        variables = linen.init(jax.random.key(0), x)
        y, updates = linen.apply(variables, x, mutable=["counter"])
        # lazy_init calls it once.
        assert_same(y, x + 1.0)
        assert_same(unboxed(updates)["counter"], unboxed(variables)["counter"])
        """
    )


_BETWEEN = """
    class Between(nnx.Module):
        def __init__(self, *, rngs):
            self.layer = bridge.ToNNX(Block(), rngs=rngs)
            with capture_linen_rngs() as keys:
                bridge.lazy_init(self.layer, x)
            captured.update(keys)

        def __call__(self, x):
            return self.layer(x)

    captured = {}
    linen = bridge.to_linen(Between)
    variables = linen.init(jax.random.key(0), x)
    expected = Block().init(captured, x)
    assert_same({name: tree["layer"] for name, tree in unboxed(variables).items()}, expected)
"""


@program
def nnx_to_linen_to_nnx(builder: NnxProgramBuilder) -> None:
    """An NNX module in `ToLinen` in `ToNNX`."""
    builder.write_program(
        LAYER,
        """
        layer = bridge.ToNNX(bridge.to_linen(Block), rngs=nnx.Rngs(0))
        with capture_nnx_rngs() as keys:
            bridge.lazy_init(layer, x)

        block = Block(rngs=nnx.Rngs(**keys))
        assert_same(unboxed(linen_variables(layer)), variables_of(block))
        assert_same(layer(x), block(x))
        """,
    )


@program
def statistics_round_trip(builder: NnxProgramBuilder) -> None:
    """The statistics of an NNX module in `ToLinen` in `ToNNX`, in two mutable calls."""
    builder.write_program(
        SCALED,
        """
        layer = bridge.ToNNX(bridge.to_linen(Block), rngs=nnx.Rngs(0))
        with capture_nnx_rngs() as keys:
            bridge.lazy_init(layer, x)

        block = Block(rngs=nnx.Rngs(**keys))
        set_variables(block, linen_variables(layer))
        for _ in range(2):
            assert_same(layer(x, mutable=["batch_stats"]), block(x))
            assert_same(unboxed(linen_variables(layer)), variables_of(block))
        """,
    )
