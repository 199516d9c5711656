"""The layer is kept outside the model's attributes, where lazy_init of a parent cannot find it."""

from typing import Any
from weakref import WeakKeyDictionary

from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

REJECTED_BY = "lazy_init.lazy_init_reaches_every_child"

_layers: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


class MyNNXWithLinen(nnx.Module):
    def __init__(self, features: int, rngs: nnx.Rngs) -> None:
        _layers[self] = bridge.ToNNX(nn.Dense(features), rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return _layers[self](x)


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    model = MyNNXWithLinen(int(features), nnx.Rngs(int(seed)))
    bridge.lazy_init(_layers[model], x)
    return model(x)
