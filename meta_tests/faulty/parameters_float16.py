"""The parameters are stored as float16."""

import jax.numpy as jnp
from flax import linen as nn

from meta_tests.support.building import entry_of, model_around

REJECTED_BY = "affine.parameters_have_the_shapes_of_the_call"

MyNNXWithLinen = model_around(lambda features: nn.Dense(features, param_dtype=jnp.float16))
linen_inside_nnx = entry_of(MyNNXWithLinen)
