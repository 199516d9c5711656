"""The recurrent unit of long-range-models, which computes with complex numbers."""

import jax.numpy as jnp
from long_range_models.lru import LRULayer

SEQUENCE = jnp.linspace(-1.0, 1.0, 24).reshape(2, 3, 4)

SUBJECTS = {
    "LRU": {"module": LRULayer(feature_dim=4, state_dim=3), "args": (SEQUENCE,)},
}
