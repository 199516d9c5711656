"""An NNX embedding is passed to a bridged Linen decoder, which embeds and decodes with it, and both uses train it.

After AI-Hypercomputer/maxtext, src/maxtext/models/models.py.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Embedding(nnx.Embed):
    def __init__(self, rngs: nnx.Rngs) -> None:
        super().__init__(6, 4, rngs=rngs)
        self.uses = nnx.Variable(jnp.array(0))

    def __call__(self, tokens: Any) -> Any:
        self.uses[...] += 1
        return super().__call__(tokens)


class Decoder(nn.Module):
    @nn.compact
    def __call__(self, shared_embedding: Any, tokens: Any) -> Any:
        x = nn.Dense(4, use_bias=False, name="dense")(shared_embedding(tokens))
        return shared_embedding.attend(x)


class Model(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.embedding = Embedding(rngs)
        self.decoder = bridge.ToNNX(Decoder(), rngs=rngs)
        self.decoder.lazy_init(shared_embedding=self.embedding, tokens=jnp.zeros(2, jnp.int32))

    def __call__(self, tokens: Any) -> Any:
        return self.decoder(shared_embedding=self.embedding, tokens=tokens)


def plain(table: Any, kernel: Any) -> Any:
    return table[tokens] @ kernel @ table.T


tokens = jnp.array([1, 5, 2])
model = Model(nnx.Rngs(0))
paths = {"/".join(map(str, path)) for path, _ in nnx.to_flat_state(nnx.state(model, nnx.Param))}
assert paths == {"embedding/embedding", "decoder/dense/kernel"}, paths
table, kernel = model.embedding.embedding[...], model.decoder.dense["kernel"][...]
np.testing.assert_allclose(model(tokens), plain(table, kernel), rtol=1e-5)
assert int(model.embedding.uses[...]) == 2
grads = nnx.jit(nnx.grad(lambda model: (model(tokens) ** 2).sum()))(model)
expected = jax.grad(lambda both: (plain(*both) ** 2).sum())((table, kernel))
np.testing.assert_allclose(grads.embedding.embedding[...], expected[0], rtol=1e-4, atol=1e-6)
np.testing.assert_allclose(grads.decoder.dense["kernel"][...], expected[1], rtol=1e-4, atol=1e-6)
