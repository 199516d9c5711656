"""Features of modules: random streams."""

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import part


@part()
def dropout(builder: LinenProgramBuilder) -> None:
    """An `nn.Dropout` that draws from the RNG stream `dropout`."""
    builder.needs_stream("dropout")
    builder.block.write(f"x = {builder.block.submodule('nn.Dropout(0.5, deterministic=False)', 'drop')}(x)")


@part()
def make_rng(builder: LinenProgramBuilder) -> None:
    """A key drawn by `self.make_rng` from the RNG stream `noise`."""
    builder.needs_stream("noise")
    builder.block.write('x = x + jax.random.normal(self.make_rng("noise"), x.shape)')


@part()
def two_streams(builder: LinenProgramBuilder) -> None:
    """Keys drawn from the RNG streams `noise` and `sample`."""
    builder.needs_stream("noise")
    builder.needs_stream("sample")
    builder.block.write("""
        x = x + jax.random.normal(self.make_rng("noise"), x.shape)
        x = x * jax.random.normal(self.make_rng("sample"), x.shape)
    """)


@part()
def params_stream_in_a_call(builder: LinenProgramBuilder) -> None:
    """A key drawn from the RNG stream `params`, in `init` and in each call."""
    builder.needs_stream("params")
    builder.block.write('x = x + jax.random.normal(self.make_rng("params"), x.shape)')


@part()
def stream_falls_back_to_default(builder: LinenProgramBuilder) -> None:
    """A key drawn from the RNG stream `noise`, where `nnx.Rngs` has only the default stream."""
    builder.has("random")
    builder.block.write('x = x + jax.random.normal(self.make_rng("noise"), x.shape)')
