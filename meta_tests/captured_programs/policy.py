"""A policy whose layers get their keys at `lazy_init` alone, and which is called by methods, after a configuration."""

import dataclasses

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


@dataclasses.dataclass(frozen=True)
class PolicyConfig:
    width: int = 16
    actions: int = 4
    dtype: str = "float32"


class Tower(nn.Module):
    """Attention over the tokens of an observation."""

    width: int
    dtype: str = "float32"

    @nn.compact
    def __call__(self, tokens, mask=None, *, train=False):
        x = nn.Dense(self.width, dtype=self.dtype)(tokens)
        x = x + nn.MultiHeadDotProductAttention(num_heads=2, dtype=self.dtype)(x, mask=mask)
        return nn.LayerNorm()(x), {"pooled": x.mean(axis=1)}


class Policy(nnx.Module):
    def __init__(self, config: PolicyConfig, rngs: nnx.Rngs):
        self.config = config
        tower = bridge.ToNNX(Tower(width=config.width, dtype=config.dtype))
        tower.lazy_init(jnp.zeros((1, 5, 6)), jnp.ones((1, 1, 5, 5), bool), train=False, rngs=rngs)
        self.tower = tower
        self.head = nnx.Linear(config.width, config.actions, rngs=rngs)

    def compute_loss(self, rng, tokens, actions, *, train=False):
        mask = jnp.tril(jnp.ones((tokens.shape[0], 1, 5, 5), bool))
        features, aux = self.tower(tokens, mask, train=train)
        noise = jax.random.normal(rng, actions.shape)
        return jnp.mean((self.head(features[:, -1]) + aux["pooled"].sum() * 0 + noise - actions) ** 2)

    def sample_actions(self, tokens):
        features, _ = self.tower(tokens, None, train=False)
        return self.head(features[:, -1])


policy = Policy(PolicyConfig(width=8), nnx.Rngs(jax.random.key(7)))
tokens = jax.random.normal(jax.random.key(0), (2, 5, 6))
actions = jax.random.normal(jax.random.key(1), (2, 4))
loss, gradients = nnx.value_and_grad(lambda model: model.compute_loss(jax.random.key(2), tokens, actions, train=True))(
    policy
)
print("loss", bool(jnp.isfinite(loss)))
print("actions", nnx.jit(lambda model, tokens: model.sample_actions(tokens))(policy, tokens).shape)
