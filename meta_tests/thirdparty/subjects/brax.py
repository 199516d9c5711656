"""Networks of brax."""

import jax.numpy as jnp
from brax.training.networks import SNMLP, MLPHead

X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)

SUBJECTS = {
    # Spectral norm that draws, and changes its vectors, in every call.
    "SpectralMLP": {"module": SNMLP([4, 2]), "args": (X,), "streams": ["sing_vec"], "mutable": ["sing_vec"]},
    "MLPHead": {
        "module": MLPHead([4, 2], latent_head_size=3),
        "args": ({"proprio": X, "latent_0": X + 1.0, "latent_1": X - 1.0},),
    },
}
