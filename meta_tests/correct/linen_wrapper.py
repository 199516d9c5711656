"""What is bridged is a Linen module whose setup holds the nn.Dense, so that the parameters are one level deeper."""

from typing import Any

from flax import linen as nn

from meta_tests.support.building import entry_of, model_around


class Wrapper(nn.Module):
    features: int

    def setup(self) -> None:
        self.dense = nn.Dense(self.features)

    def __call__(self, x: Any) -> Any:
        return self.dense(x)


MyNNXWithLinen = model_around(Wrapper)
linen_inside_nnx = entry_of(MyNNXWithLinen)
