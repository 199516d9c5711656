"""A block and the autoencoder of diffusers."""

import jax.numpy as jnp
from diffusers.models.resnet_flax import FlaxResnetBlock2D
from diffusers.models.vae_flax import FlaxAutoencoderKL

IMAGES = jnp.linspace(-1.0, 1.0, 96).reshape(2, 3, 4, 4)
LATENTS = jnp.linspace(-1.0, 1.0, 64).reshape(2, 2, 4, 4)
MAP = jnp.linspace(-1.0, 1.0, 2 * 2 * 2 * 32).reshape(2, 2, 2, 32)
TIME = jnp.linspace(-1.0, 1.0, 8).reshape(2, 4)

SUBJECTS = {
    # It draws when asked to sample, its output is a dataclass, and `encode` gives an object that is no pytree.
    "AutoencoderKL": {
        "module": FlaxAutoencoderKL(block_out_channels=(4,), latent_channels=2, norm_num_groups=2, sample_size=4),
        "args": (IMAGES,),
        "train": {"sample_posterior": True},
        "streams": ["gaussian"],
        "methods": {"encode": (IMAGES,), "decode": (LATENTS,)},
    },
    "ResnetBlock": {
        "module": FlaxResnetBlock2D(32, 32, dropout_prob=0.5),
        "args": (MAP, TIME),
        "train": {"deterministic": False},
        "streams": ["dropout"],
    },
}
