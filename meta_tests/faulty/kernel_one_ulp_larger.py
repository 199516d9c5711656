"""The kernel is applied one unit in the last place too large."""

from typing import Any

from flax import linen as nn

from meta_tests.support.building import dense_parameters, entry_of, model_around

REJECTED_BY = "affine.unit_vector_gives_a_row_of_the_kernel"


class FaultyDense(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        kernel, bias = dense_parameters(self, x, self.features)
        return x @ (kernel * (1 + 2**-23)) + bias


MyNNXWithLinen = model_around(FaultyDense)
linen_inside_nnx = entry_of(MyNNXWithLinen)
