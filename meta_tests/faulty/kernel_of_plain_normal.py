"""The kernel is drawn from a normal distribution that is not cut."""

from flax import linen as nn

from meta_tests.support.building import entry_of, model_around

REJECTED_BY = "affine.weights_stay_within_two_deviations"

MyNNXWithLinen = model_around(
    lambda features: nn.Dense(features, kernel_init=nn.initializers.variance_scaling(1.0, "fan_in", "normal"))
)
linen_inside_nnx = entry_of(MyNNXWithLinen)
