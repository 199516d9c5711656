"""Networks of evosax."""

import jax
import jax.numpy as jnp
from evosax.learned_evolution.lga_tools import MultiHeadCrossAttention
from evosax.problems.networks import MLP

X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)

SUBJECTS = {
    # A random key is an argument, and the output is of integers: there is no gradient.
    "Categorical": {"module": MLP([4, 3]), "args": (X, jax.random.PRNGKey(0))},
    "CrossAttention": {"module": MultiHeadCrossAttention(num_heads=2, num_features=4), "args": (X, -X)},
}
