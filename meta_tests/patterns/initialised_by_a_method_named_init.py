"""A Linen module whose own `init` method touches every submodule is initialised by that method, named by a string.

After Physical-Intelligence/openpi, src/openpi/models/gemma.py.
"""

from typing import Any

import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Decoder(nn.Module):
    def setup(self) -> None:
        self.embedder = nn.Embed(7, 4)
        self.block = nn.Dense(4)

    def embed(self, tokens: Any) -> Any:
        return self.embedder(tokens)

    def __call__(self, embedded: Any) -> Any:
        return jnp.tanh(self.block(embedded))

    def init(self, width: int) -> Any:
        self.embed(jnp.zeros((1, 1), jnp.int32))
        return self(jnp.zeros((1, 1, width)))


layer = bridge.ToNNX(Decoder())
given_back = layer.lazy_init(rngs=nnx.Rngs(params=3), method="init", width=4)
tokens = jnp.array([[0, 3, 6]])

assert given_back is layer
table, kernel = np.asarray(layer.embedder["embedding"][...]), np.asarray(layer.block["kernel"][...])
assert table.shape == (7, 4) and kernel.shape == (4, 4)
embedded = layer(tokens, method="embed")
np.testing.assert_array_equal(embedded, table[[[0, 3, 6]]])
np.testing.assert_allclose(layer(embedded), np.tanh(table[[[0, 3, 6]]] @ kernel), rtol=1e-5)
plain = nn.init(lambda module: module.init(4), Decoder())(nnx.Rngs(params=3).params())
np.testing.assert_array_equal(plain["params"]["block"]["kernel"], kernel)
