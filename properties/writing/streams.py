"""Features of modules: random streams."""

from properties.writing.draft import Draft
from properties.writing.features import part


@part()
def dropout(draft: Draft) -> None:
    """A Dropout with a stream of its own."""
    draft.needs_stream("dropout")
    draft.block.write(f"x = {draft.block.submodule('nn.Dropout(0.5, deterministic=False)', 'drop')}(x)")


@part()
def make_rng(draft: Draft) -> None:
    """A key of a stream with a name of its own."""
    draft.needs_stream("noise")
    draft.block.write('x = x + jax.random.normal(self.make_rng("noise"), x.shape)')


@part()
def two_streams(draft: Draft) -> None:
    """Keys of two streams."""
    draft.needs_stream("noise")
    draft.needs_stream("sample")
    draft.block.write("""
        x = x + jax.random.normal(self.make_rng("noise"), x.shape)
        x = x * jax.random.normal(self.make_rng("sample"), x.shape)
    """)


@part()
def params_stream_in_a_call(draft: Draft) -> None:
    """A key of the stream of parameters, in a call as well as in init."""
    draft.needs_stream("params")
    draft.block.write('x = x + jax.random.normal(self.make_rng("params"), x.shape)')


@part()
def stream_that_falls_back(draft: Draft) -> None:
    """A key of a stream that nobody gave, for which Linen takes that of params, and the bridge the default one."""
    draft.has("random")
    draft.block.write('x = x + jax.random.normal(self.make_rng("noise"), x.shape)')
