"""The kernel is lecun uniform."""

from flax import linen as nn

from meta_tests.support.building import entry_of, model_around

REJECTED_BY = "affine.kernel_is_lecun_normal"

MyNNXWithLinen = model_around(lambda features: nn.Dense(features, kernel_init=nn.initializers.lecun_uniform()))
linen_inside_nnx = entry_of(MyNNXWithLinen)
