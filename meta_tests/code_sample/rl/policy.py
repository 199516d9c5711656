"""An actor and critic: Linen torso, NNX heads."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class Torso(nn.Module):
    width: int = 64

    @nn.compact
    def __call__(self, observation):
        hidden = nn.tanh(nn.Dense(self.width)(observation))
        self.sow("intermediates", "hidden", hidden)
        return nn.tanh(nn.Dense(self.width)(hidden))


class ActorCritic(nnx.Module):
    def __init__(self, actions: int, rngs: nnx.Rngs):
        self.torso = bridge.ToNNX(Torso(), rngs=rngs)  # expect: keys_drawn_from_the_callers_rngs
        self.actor = nnx.Linear(64, actions, rngs=rngs)
        self.critic = nnx.Linear(64, 1, rngs=rngs)

    def __call__(self, observation: jax.Array):
        hidden = self.torso(observation)
        return self.actor(hidden), self.critic(hidden)[..., 0]

    def features(self, observation):
        self.torso(observation, mutable=["intermediates"])
        return self.torso.hidden[0].value  # expect: where_sown_values_are_stored


def make_policy(actions: int, observation, seed: int = 0) -> ActorCritic:
    policy = ActorCritic(actions, nnx.Rngs(seed))
    bridge.lazy_init(policy, observation)  # expect: first_weights_of_a_seed
    return policy


@nnx.jit
def act(policy: ActorCritic, observation, key):
    logits, value = policy(observation)
    action = jax.random.categorical(key, logits)
    return action, jax.nn.log_softmax(logits)[action], value


def ppo_loss(policy: ActorCritic, batch, clip: float = 0.2):
    logits, values = policy(batch["observations"])
    log_probs = jnp.take_along_axis(jax.nn.log_softmax(logits), batch["actions"][:, None], 1)[:, 0]
    ratio = jnp.exp(log_probs - batch["log_probs"])
    clipped = jnp.clip(ratio, 1 - clip, 1 + clip)
    gain = jnp.minimum(ratio * batch["advantages"], clipped * batch["advantages"])
    return -gain.mean() + 0.5 * ((values - batch["returns"]) ** 2).mean()


def torso_config(policy: ActorCritic) -> int:
    return policy.torso.module.width  # expect: attributes_module_and_rngs_renamed


def target_copy(policy):
    graphdef, state = nnx.split(policy)
    return nnx.merge(graphdef, jax.tree.map(jnp.copy, state))
