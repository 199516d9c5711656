"""The layer has no bias."""

from flax import linen as nn

from meta_tests.support.building import entry_of, model_around

REJECTED_BY = "lazy_init.no_param_before_lazy_init"

MyNNXWithLinen = model_around(lambda features: nn.Dense(features, use_bias=False))
linen_inside_nnx = entry_of(MyNNXWithLinen)
