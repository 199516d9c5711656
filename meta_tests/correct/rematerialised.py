"""The call is recomputed for its gradient, and the model is put into evaluation first."""

from typing import Any

from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference

MyNNXWithLinen = reference.MyNNXWithLinen


@nnx.jit
@nnx.remat
def _call(model: MyNNXWithLinen, x: Any) -> Any:
    return model(x)


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    model = MyNNXWithLinen(int(features), rngs=nnx.Rngs(int(seed)))
    bridge.lazy_init(model, x)
    model.eval()
    return _call(model, x)
