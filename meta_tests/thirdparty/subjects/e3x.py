"""The equivariant attention of e3x: some of its arguments are keywords, arrays and a number."""

import e3x
import jax.numpy as jnp

FEATURES = jnp.linspace(-1.0, 1.0, 3 * 4 * 2).reshape(3, 1, 4, 2)
BASIS = jnp.linspace(-1.0, 1.0, 4 * 4 * 3).reshape(4, 1, 4, 3)
PAIRS = {"dst_idx": jnp.array([0, 1, 2, 1]), "src_idx": jnp.array([1, 0, 1, 2]), "num_segments": 3}

SUBJECTS = {
    "SelfAttention": {"module": e3x.nn.SelfAttention(num_heads=2), "args": (FEATURES, BASIS), "kwargs": PAIRS},
}
