"""The kernel is glorot normal."""

from flax import linen as nn

from meta_tests.support.building import entry_of, model_around

REJECTED_BY = "affine.weights_stay_within_two_deviations"

MyNNXWithLinen = model_around(lambda features: nn.Dense(features, kernel_init=nn.initializers.glorot_normal()))
linen_inside_nnx = entry_of(MyNNXWithLinen)
