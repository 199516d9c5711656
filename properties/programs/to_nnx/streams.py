"""Features of modules: random streams."""

from properties.programs.to_nnx.builder import Draft
from properties.programs.to_nnx.features import part


@part()
def dropout(draft: Draft) -> None:
    """An `nn.Dropout` that draws from the RNG stream `dropout`."""
    draft.needs_stream("dropout")
    draft.block.write(f"x = {draft.block.submodule('nn.Dropout(0.5, deterministic=False)', 'drop')}(x)")


@part()
def make_rng(draft: Draft) -> None:
    """A key drawn by `self.make_rng` from the RNG stream `noise`."""
    draft.needs_stream("noise")
    draft.block.write('x = x + jax.random.normal(self.make_rng("noise"), x.shape)')


@part()
def two_streams(draft: Draft) -> None:
    """Keys drawn from the RNG streams `noise` and `sample`."""
    draft.needs_stream("noise")
    draft.needs_stream("sample")
    draft.block.write("""
        x = x + jax.random.normal(self.make_rng("noise"), x.shape)
        x = x * jax.random.normal(self.make_rng("sample"), x.shape)
    """)


@part()
def params_stream_in_a_call(draft: Draft) -> None:
    """A key drawn from the RNG stream `params`, in `init` and in each call."""
    draft.needs_stream("params")
    draft.block.write('x = x + jax.random.normal(self.make_rng("params"), x.shape)')


@part()
def stream_falls_back_to_default(draft: Draft) -> None:
    """A key drawn from the RNG stream `noise`, where `nnx.Rngs` has only the default stream."""
    draft.has("random")
    draft.block.write('x = x + jax.random.normal(self.make_rng("noise"), x.shape)')
