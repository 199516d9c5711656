"""The input convex network of ott-jax."""

import jax.numpy as jnp
from ott.neural.networks.icnn import ICNN

X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)

SUBJECTS = {
    # `setup`, a compact call and an abstract base class.
    "ICNN": {"module": ICNN(dim_data=3, dim_hidden=[4, 4], pos_weights=True), "args": (X,)},
}
