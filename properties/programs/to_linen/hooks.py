"""Whole programs: variables that change the value which a module sets or gets, in `ToLinen`."""

from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature

program = feature(NnxFeatureKind.PROGRAM)
with_get_value = feature(NnxFeatureKind.PROGRAM, needs="nnx.Variable.get_value")


def _agrees(builder: NnxProgramBuilder, head: str, made: str) -> None:
    builder.write_program(
        *filter(None, [head]),
        f"""
        class Block(nnx.Module):
            def __init__(self):
                self.w = {made}

            def __call__(self, x):
                return x * self.w.value

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen = bridge.ToLinen(Block, skip_rng=True)
        variables = linen.init(jax.random.key(0), x)
        assert_same(linen.apply(variables, x), Block()(x))
        """,
    )


def _with_hook(builder: NnxProgramBuilder, hook: str) -> None:
    _agrees(builder, "", f"nnx.Param(jnp.full(3, 4.0), {hook}=lambda variable, value: 3 * value)")


@program
def on_get_value(builder: NnxProgramBuilder) -> None:
    """An `nnx.Param` with a hook `on_get_value`."""
    _with_hook(builder, "on_get_value")


@program
def on_create_value(builder: NnxProgramBuilder) -> None:
    """An `nnx.Param` with a hook `on_create_value`."""
    _with_hook(builder, "on_create_value")


@program
def on_set_value(builder: NnxProgramBuilder) -> None:
    """An `nnx.Param` with a hook `on_set_value`, which each call of the module sets."""
    builder.write_program("""
        class Block(nnx.Module):
            def __init__(self):
                self.w = nnx.Param(jnp.full(3, 4.0), on_set_value=lambda variable, value: 3 * value)

            def __call__(self, x):
                self.w.value = self.w.value + 1
                return x * self.w.value

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        linen, block = bridge.ToLinen(Block, skip_rng=True), Block()
        variables = linen.init(jax.random.key(0), x)
        for _ in range(2):
            output, changed = linen.apply(variables, x, mutable=True)
            assert_same(output, block(x))
            variables = {**variables, **changed}
    """)


@program
def on_get_value_in_place_of_the_methods(builder: NnxProgramBuilder) -> None:
    """An `nnx.Variable` whose own hook `on_get_value` replaces that of its type; to use it twice changes nothing."""
    _agrees(
        builder,
        """
        class Zero(nnx.Param):
            def on_get_value(self, value):
                return 0 * value
        """,
        "Zero(jnp.full(3, -4.0), on_get_value=lambda variable, value: abs(value))",
    )


@with_get_value
def get_value_of_a_subclass(builder: NnxProgramBuilder) -> None:
    """A subclass of `nnx.Param` that overrides `get_value`."""
    _agrees(
        builder,
        """
        class Scaled(nnx.Param):
            def get_value(self, **options):
                return 3 * super().get_value(**options)
        """,
        "Scaled(jnp.full(3, 4.0))",
    )
