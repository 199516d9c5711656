"""One layer embeds, runs and decodes by keywords alone, and a keyword that is None differs from one left out.

After Physical-Intelligence/openpi, src/openpi/models/pi0_fast.py.
"""

from typing import Any

import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Decoder(nn.Module):
    vocabulary: int = 5

    @nn.compact
    def __call__(
        self, tokens: Any = None, prefix: Any = None, mask: Any = "causal", hidden: Any = None, embed_only: bool = False
    ) -> Any:
        embed = nn.Embed(self.vocabulary, 3, name="embed")
        if hidden is not None:
            return embed.attend(hidden), {"hidden": hidden}
        x = embed(tokens) if prefix is None else prefix
        if embed_only:
            return x
        weights = jnp.tril(jnp.ones((len(x), len(x)))) if mask == "causal" else jnp.ones((len(x), len(x)))
        return embed.attend(weights @ x), {"hidden": weights @ x}


tokens = jnp.array([1, 4, 2])
layer = bridge.ToNNX(Decoder()).lazy_init(tokens=tokens, rngs=nnx.Rngs(0))
table = np.asarray(layer.embed["embedding"][...])
embedded = layer(tokens=tokens, embed_only=True)
np.testing.assert_array_equal(embedded, table[[1, 4, 2]])
for mask, weights in (({}, np.tril(np.ones((3, 3)))), ({"mask": None}, np.ones((3, 3)))):
    logits, extra = layer(prefix=embedded, **mask)
    np.testing.assert_allclose(extra["hidden"], weights @ table[[1, 4, 2]], rtol=1e-5)
    np.testing.assert_allclose(layer(hidden=extra["hidden"])[0], logits, rtol=1e-6)
assert layer.to_nnx__module.vocabulary == 5
