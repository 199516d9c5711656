"""Parts of an NNX module: layers of Flax that hold more than parameters."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature


@feature(NnxFeatureKind.PART, needs="nnx.RNN")
def rnn(builder: NnxProgramBuilder) -> None:
    """An `nnx.RNN` of a cell, which holds an RNG stream for the carry."""
    cell = builder.draw(st.sampled_from(["SimpleCell", "GRUCell", "LSTMCell"]))
    layer = builder.attribute(builder.fresh("rnn"), f"nnx.RNN(nnx.{cell}({builder.width}, {builder.width}, rngs=rngs))")
    builder.body.append(f"x = {layer}(x[None])[0]")


@feature(NnxFeatureKind.PART, needs="nnx.Bidirectional")
def bidirectional(builder: NnxProgramBuilder) -> None:
    """An `nnx.Bidirectional` of two `nnx.RNN` layers, whose outputs it concatenates."""
    width = builder.width
    cells = ", ".join(f"nnx.RNN(nnx.{cell}({width}, 2, rngs=rngs))" for cell in ("GRUCell", "SimpleCell"))
    layer = builder.attribute(builder.fresh("both"), f"nnx.Bidirectional({cells})")
    builder.body.append(f"x = {layer}(x[None])[0]")
    builder.width = 4


@feature(NnxFeatureKind.PART)
def multi_head_attention(builder: NnxProgramBuilder) -> None:
    """An `nnx.MultiHeadAttention`, with and without a mask."""
    mask = builder.draw(st.sampled_from(["", ", mask=nnx.make_causal_mask(x[None, :, 0])"]))
    layer = _attention(builder, "", "decode=False")
    builder.body.append(f"x = {layer}(x[None]{mask})[0]")


@feature(NnxFeatureKind.PART)
def attention_with_a_cache(builder: NnxProgramBuilder) -> None:
    """An `nnx.MultiHeadAttention` with `decode=True`, whose `nnx.Cache` variables each call changes."""
    width = builder.width
    layer = _attention(builder, "", "decode=True")
    builder.init.append(f"{layer}.init_cache((1, 8, {width}))")
    builder.body.append(f"x = {layer}(x[None, :1])[0] + x")
    builder.changes("cache")


@feature(NnxFeatureKind.PART)
def attention_with_dropout(builder: NnxProgramBuilder) -> None:
    """An `nnx.MultiHeadAttention` with dropout, which draws a key at each call."""
    if "self.rngs = rngs" not in builder.init:
        builder.attribute("rngs", "rngs")
    layer = _attention(builder, "dropout_rate=0.5, deterministic=False, ", "decode=False")
    builder.body.append(f"x = {layer}(x[None], rngs=self.rngs)[0]")
    builder.needs_stream("dropout")


def _attention(builder: NnxProgramBuilder, options: str, decode: str) -> str:
    value = f"nnx.MultiHeadAttention(num_heads=1, in_features={builder.width}, {options}{decode}, rngs=rngs)"
    return builder.attribute(builder.fresh("attention"), value)


@feature(NnxFeatureKind.PART, needs="nnx.RoPE")
def rope(builder: NnxProgramBuilder) -> None:
    """An `nnx.RoPE` whose tables are `nnx.Variable` objects, or which computes them in each call."""
    tables = builder.draw(st.sampled_from(["", "embedding_size=4, max_seq_len=3"]))
    layer = builder.attribute(builder.fresh("rope"), f"nnx.RoPE({tables})")
    # The width has to be even.
    builder.body.append(f"x = {layer}(jnp.concatenate([x, x], 1)[:, :4])")
    builder.width = 4


@feature(NnxFeatureKind.PART, needs="nnx.SpectralNorm")
def spectral_norm(builder: NnxProgramBuilder) -> None:
    """An `nnx.SpectralNorm`, whose statistics are in a dict with paths for keys."""
    width = builder.width
    update = builder.draw(st.booleans())
    layer = builder.attribute(
        builder.fresh("norm"), f"nnx.SpectralNorm(nnx.Linear({width}, {width}, rngs=rngs), rngs=rngs)"
    )
    builder.body.append(f"x = {layer}(x, update_stats={update})")
    # It writes the normalized kernel into its layer.
    builder.changes("params")
    builder.changes("batch_stats")


@feature(NnxFeatureKind.PART, needs="nnx.WeightNorm")
def weight_norm(builder: NnxProgramBuilder) -> None:
    """An `nnx.WeightNorm`, whose scales are in a dict with paths for keys."""
    width = builder.width
    layer = builder.attribute(
        builder.fresh("norm"), f"nnx.WeightNorm(nnx.Linear({width}, {width}, rngs=rngs), rngs=rngs)"
    )
    builder.body.append(f"x = {layer}(x)")
    # It writes the normalized kernel into its layer.
    builder.changes("params")
