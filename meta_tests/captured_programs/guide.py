"""Linen layers in NNX step by step, as guides show them: alone, with methods, with state, in a model, partitioned."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

x = jax.random.normal(jax.random.key(42), (4, 32))
model = bridge.ToNNX(nn.Dense(64), rngs=nnx.Rngs(0)).lazy_init(x)
print("Dense", model(x).shape)


class Autoencoder(nn.Module):
    def setup(self):
        self.encoder = nn.Dense(8)
        self.decoder = nn.Dense(32)

    def __call__(self, x):
        return self.decode(self.encode(x))

    def encode(self, x):
        return nn.gelu(self.encoder(x))

    def decode(self, code):
        return self.decoder(code)


autoencoder = bridge.ToNNX(Autoencoder(), rngs=nnx.Rngs(0))
bridge.lazy_init(autoencoder, x)
print("Autoencoder", autoencoder.decode(autoencoder.encode(x)).shape, autoencoder(x).shape)


class Counter(nn.Module):
    @nn.compact
    def __call__(self):
        count = self.variable("counter", "count", lambda: jnp.zeros((), jnp.int32))
        if self.is_mutable_collection("counter") and not self.is_initializing():
            count.value += 1
        return count.value


counter = bridge.ToNNX(Counter(), rngs=nnx.Rngs(0)).lazy_init()
for _ in range(3):
    counter(mutable=["counter"])
print("Counter", int(counter()))


class Block(nnx.Module):
    def __init__(self, width, rngs):
        self.linear = nnx.Linear(32, width, rngs=rngs)
        self.norm = bridge.ToNNX(nn.LayerNorm(epsilon=1e-5), rngs=rngs)
        self.dropout = bridge.ToNNX(nn.Dropout(0.25), rngs=rngs)

    def __call__(self, x, deterministic=True):
        return self.dropout(nn.relu(self.norm(self.linear(x))), deterministic)


block = bridge.lazy_init(Block(16, nnx.Rngs(0, dropout=1)), x)
print("Block", block(x).shape, block(x, deterministic=False).shape)

mesh = jax.sharding.Mesh(np.array(jax.devices()[:1]).reshape(1, 1), ("data", "model"))
partitioned = nn.Dense(8, kernel_init=nn.with_partitioning(nn.initializers.lecun_normal(), ("data", "model")))
with jax.set_mesh(mesh) if hasattr(jax, "set_mesh") else mesh:
    sharded = bridge.ToNNX(partitioned, rngs=nnx.Rngs(0)).lazy_init(x)
    print("Partitioned", sharded(x).shape)
