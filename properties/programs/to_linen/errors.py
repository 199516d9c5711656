"""Whole programs: calls that raise in plain Linen or NNX, or that warn."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature
from properties.programs.to_linen.templates import LAYER

program = feature(NnxFeatureKind.PROGRAM)


# Excused: Any exception counts. Those of plain Linen, such as `ScopeParamNotFoundError`, are about scopes, which an
# NNX module does not have.
@program
def missing_parameter_raises(builder: NnxProgramBuilder) -> None:
    """A call without one of the parameters."""
    builder.write_program(
        LAYER,
        f"""
        del variables["params"]["layer"]{builder.draw(st.sampled_from(['["bias"]', '["kernel"]', ""]))}
        assert raised(lambda: linen.apply(variables, x)) is not None, "no exception"
        """,
    )


# Excused: Any exception counts. Those of plain Linen, such as `ScopeParamNotFoundError`, are about scopes, which an
# NNX module does not have.
@program
def missing_collection_raises(builder: NnxProgramBuilder) -> None:
    """A call without the collection `params`."""
    builder.write_program(
        LAYER,
        """
        del variables["params"]
        assert raised(lambda: linen.apply(variables, x)) is not None, "no exception"
        """,
    )


# Excused: Any exception counts. Those of plain Linen, such as `ScopeParamNotFoundError`, are about scopes, which an
# NNX module does not have.
@program
def parameter_of_wrong_shape_raises(builder: NnxProgramBuilder) -> None:
    """A call with a parameter of the wrong shape."""
    builder.write_program(
        LAYER,
        f"""
        kernel = jnp.ones({builder.draw(st.sampled_from(["(3, 5)", "(3, 1)", "(2, 4)"]))})
        variables["params"]["layer"]["kernel"] = jax.tree.map(lambda _: kernel, variables["params"]["layer"]["kernel"])
        assert raised(lambda: linen.apply(variables, x)) is not None, "no exception"
        """,
    )


# Excused: Any exception counts. Those of plain Linen, such as `ScopeParamNotFoundError`, are about scopes, which an
# NNX module does not have.
@program
def change_of_an_immutable_collection_raises(builder: NnxProgramBuilder) -> None:
    """A call that changes a collection that is not mutable."""
    mutable = builder.draw(st.sampled_from(["", ", mutable=False", ', mutable=["cache"]']))
    builder.write_program(
        f"""
        class Block(nnx.Module):
            def __init__(self, *, rngs):
                self.calls = nnx.BatchStat(jnp.zeros(()))

            def __call__(self, x):
                self.calls.value = self.calls.value + 1
                return x

        x = jnp.ones((2, 3))
        linen = bridge.to_linen(Block)
        variables = linen.init(jax.random.key(0), x)
        assert raised(lambda: linen.apply(variables, x{mutable})) is not None, "no exception"
        """
    )


# Excused: Python raises `TypeError` for an attribute that cannot be called, and `AttributeError` for a missing one.
@feature(NnxFeatureKind.PROGRAM, needs="nnx.bridge.ToLinen.__call__(nnx_method)")
def unknown_method_raises(builder: NnxProgramBuilder) -> None:
    """A call with an `nnx_method` that does not exist or is not a method."""
    method = builder.draw(st.sampled_from(["nothing", "size"]))
    builder.write_program(
        LAYER,
        f"""
        Block.size = 3
        assert raised(lambda: linen.apply(variables, x, nnx_method="{method}")) in (AttributeError, TypeError)
        """,
    )


# Excused: Any exception counts. Those of plain Linen, such as `ScopeParamNotFoundError`, are about scopes, which an
# NNX module does not have.
@program
def wrong_input_width_raises(builder: NnxProgramBuilder) -> None:
    """A call with an input of the wrong width."""
    builder.write_program(
        LAYER,
        """
        assert raised(lambda: linen.apply(variables, x[:, :2])) is not None, "no exception"
        """,
    )


@feature(NnxFeatureKind.PROGRAM, needs="nnx.bridge.wrappers.to_linen_class")
def unknown_variable_warns(builder: NnxProgramBuilder) -> None:
    """A call with a variable that the module does not have, which warns."""
    builder.write_program(
        LAYER,
        """
        import warnings

        variables["params"]["unknown"] = jnp.ones(3)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            linen.apply(variables, x)
        assert any("unknown" in str(warning.message) for warning in caught), "no warning"
        """,
    )


# Excused: Any exception counts. Those of plain Linen, such as `ScopeParamNotFoundError`, are about scopes, which an
# NNX module does not have.
@program
def missing_stream_raises(builder: NnxProgramBuilder) -> None:
    """A call of `nnx.Dropout` without keys for the RNG stream `dropout`."""
    given = builder.draw(st.sampled_from(["", ', rngs={"noise": jax.random.key(2)}']))
    builder.write_program(
        f"""
        x = jnp.ones((2, 3))
        linen = bridge.to_linen(nnx.Dropout, 0.5, deterministic=False)
        variables = linen.init({{"params": jax.random.key(0), "dropout": jax.random.key(1)}}, x)
        assert raised(lambda: linen.apply(variables, x{given})) is not None, "no exception"
        """,
    )
