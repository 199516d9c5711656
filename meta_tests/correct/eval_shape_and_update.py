"""An abstract model from nnx.eval_shape is filled with the state of an initialised one, as a checkpoint is restored."""

from typing import Any

from flax import nnx
from flax.nnx import bridge

from impl import linen_inside_nnx as reference

MyNNXWithLinen = reference.MyNNXWithLinen


def linen_inside_nnx(seed: float, x: Any, features: float) -> Any:
    def initialised() -> MyNNXWithLinen:
        model = MyNNXWithLinen(int(features), rngs=nnx.Rngs(int(seed)))
        bridge.lazy_init(model, x)
        return model

    restored = nnx.eval_shape(initialised)
    nnx.update(restored, nnx.state(initialised()))
    return restored(x)
