"""The bias exists and is not added."""

from typing import Any

from flax import linen as nn

from meta_tests.support.building import dense_parameters, entry_of, model_around

REJECTED_BY = "affine.output_follows_replaced_parameters"


class FaultyDense(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x: Any) -> Any:
        kernel, _ = dense_parameters(self, x, self.features)
        return x @ kernel


MyNNXWithLinen = model_around(FaultyDense)
linen_inside_nnx = entry_of(MyNNXWithLinen)
