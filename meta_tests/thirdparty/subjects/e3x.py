"""Equivariant layers of e3x: some arguments are keywords, of arrays and of numbers."""

import e3x
import jax.numpy as jnp

FEATURES = jnp.linspace(-1.0, 1.0, 3 * 4 * 2).reshape(3, 1, 4, 2)
BASIS = jnp.linspace(-1.0, 1.0, 4 * 4 * 3).reshape(4, 1, 4, 3)
PAIRS = {"dst_idx": jnp.array([0, 1, 2, 1]), "src_idx": jnp.array([1, 0, 1, 2]), "num_segments": 3}

SUBJECTS = {
    "MessagePass": {"module": e3x.nn.MessagePass(), "args": (FEATURES, BASIS), "kwargs": PAIRS},
    "SelfAttention": {"module": e3x.nn.SelfAttention(num_heads=2), "args": (FEATURES, BASIS), "kwargs": PAIRS},
}
