"""The bias starts at one."""

from flax import linen as nn

from meta_tests.support.building import entry_of, model_around

REJECTED_BY = "affine.bias_starts_at_zero"

MyNNXWithLinen = model_around(lambda features: nn.Dense(features, bias_init=nn.initializers.ones_init()))
linen_inside_nnx = entry_of(MyNNXWithLinen)
