"""The attention of local-attention-flax."""

import jax.numpy as jnp
from local_attention_flax import LocalAttention

SUBJECTS = {
    "LocalAttention": {
        "module": LocalAttention(dim=4, window_size=2, heads=2, dim_head=2),
        "args": (jnp.linspace(-1.0, 1.0, 16).reshape(4, 4),),
    },
}
