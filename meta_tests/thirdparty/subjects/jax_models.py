"""Vision models of jax-models."""

import jax.numpy as jnp
from jax_models.models.conv_mixer import ConvMixerLayer
from jax_models.models.pvit import Block

IMAGES = jnp.linspace(-1.0, 1.0, 96).reshape(2, 4, 4, 3)
PATCHES = jnp.linspace(-1.0, 1.0, 64).reshape(2, 4, 8)

SUBJECTS = {
    "ConvMixer": {
        "module": ConvMixerLayer(features=3),
        "args": (IMAGES,),
        "kwargs": {"deterministic": True},
        "train": {"deterministic": False},
        "mutable": ["batch_stats"],
    },
    # Sizes among the positional arguments, and two streams.
    "PyramidBlock": {
        "module": Block(8, num_heads=2, att_drop=0.5, proj_drop=0.5, drop_path=0.5, sr_ratio=2, mlp_ratio=2),
        "args": (PATCHES, 2, 2),
        "kwargs": {"deterministic": True},
        "train": {"deterministic": False},
        "streams": ["dropout", "drop_path"],
    },
}
