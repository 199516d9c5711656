"""The kernel is scaled by the number of features instead of the length of x."""

from flax import linen as nn

from meta_tests.support.building import entry_of, model_around

REJECTED_BY = "affine.weights_stay_within_two_deviations"

MyNNXWithLinen = model_around(
    lambda features: nn.Dense(
        features, kernel_init=nn.initializers.variance_scaling(1.0, "fan_out", "truncated_normal")
    )
)
linen_inside_nnx = entry_of(MyNNXWithLinen)
