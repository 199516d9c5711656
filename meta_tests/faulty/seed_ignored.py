"""Whatever the seed, the parameters are those of seed 0."""

import jax
from flax import linen as nn

from meta_tests.support.building import entry_of, model_around

REJECTED_BY = "determinism.other_seeds_give_other_parameters"

MyNNXWithLinen = model_around(
    lambda features: nn.Dense(
        features, kernel_init=lambda _, *shape: nn.initializers.lecun_normal()(jax.random.key(0), *shape)
    )
)
linen_inside_nnx = entry_of(MyNNXWithLinen)
