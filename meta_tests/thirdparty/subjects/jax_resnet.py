"""The block of jax-resnet, whose BatchNorm asks whether its collection is mutable."""

import jax.numpy as jnp
from jax_resnet import ResNetBlock

IMAGES = jnp.linspace(-1.0, 1.0, 96).reshape(2, 4, 4, 3)

SUBJECTS = {
    "Block": {"module": ResNetBlock(n_hidden=4, strides=(2, 2)), "args": (IMAGES,), "mutable": ["batch_stats"]},
}
