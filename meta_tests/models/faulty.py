"""Models that are wrong, each in one way that a property of the chapter `models` rejects."""

import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

_counter = itertools.count()
# What several models share by mistake.
_SHARED = [np.zeros(3, np.float32)]


class Model(nnx.Module):
    """A bridged layer; the others differ from it in one place."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.layer = bridge.ToNNX(nn.Dense(3), rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.layer(x)


class Unseeded(Model):
    """Its parameters depend on how many models there were before it."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        super().__init__(rngs)
        self.scale = nnx.Param(jnp.float32(next(_counter)))
        self.number = nnx.Variable(jnp.int32(next(_counter)))


class ForgetsALayer(nnx.Module):
    """One of its layers is initialized by its first call."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.first, self.second = (bridge.ToNNX(nn.Dense(3), rngs=rngs) for _ in range(2))

    def __call__(self, x: Any) -> Any:
        return self.first(x) + (self.second(x) if hasattr(self, "ready") else self._first_time(x))

    def _first_time(self, x: Any) -> Any:
        self.second.lazy_init(x)
        self.ready = True
        return self.second(x)


class WritesItsInput(Model):
    """It normalises the caller's array in place."""

    def __call__(self, x: Any) -> Any:
        if isinstance(x, np.ndarray):
            x /= 2
        return self.layer(x)


class SharesOneArray(Model):
    """All copies add to one array."""

    def __call__(self, x: Any) -> Any:
        if not isinstance(x, jax.core.Tracer):
            _SHARED[0] = _SHARED[0] + 1
        return self.layer(x) + jnp.asarray(_SHARED[0])


class BranchesOnValues(Model):
    """It asks a value that a transform does not have."""

    def __call__(self, x: Any) -> Any:
        return self.layer(x) if x.sum() > 0 else -self.layer(x)


class CountsInPython(Model):
    """It keeps a number of Python's among its attributes, and computes with it."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        super().__init__(rngs)
        self.calls = 0

    def __call__(self, x: Any) -> Any:
        self.calls += 1
        return self.layer(x) * self.calls


class Sized(nn.Module):
    """It makes a variable whose size depends on how many were made before it."""

    @nn.compact
    def __call__(self, x: Any) -> Any:
        self.variable("sizes", "one", lambda: jnp.zeros(next(_counter) + 1))
        return nn.Dense(3)(x)


class SizedByHistory(Model):
    """Its layer is another one in each model."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.layer = bridge.ToNNX(Sized(), rngs=rngs)


class StaysOnOneDevice(Model):
    """It moves its input to the first device."""

    def __call__(self, x: Any) -> Any:
        if isinstance(x, jax.core.Tracer):
            return self.layer(x)
        return self.layer(jax.device_put(x, jax.devices("cpu")[0]))


class RemembersTraining(Model):
    """What was once in training mode computes otherwise for ever."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        super().__init__(rngs)
        self.factor = nnx.Variable(jnp.float32(1))

    def train(self, **attributes: Any) -> None:
        super().train(**attributes)
        nnx.update(self, nnx.State({"factor": nnx.Variable(jnp.float32(2))}))

    def __call__(self, x: Any) -> Any:
        return self.layer(x) * self.factor[...]


class HidesItsLayers(Model):
    """Its `repr` says nothing."""

    def __repr__(self) -> str:
        return "a model"


class MadeOtherwiseUnderJit(nnx.Module):
    """It has more features where it is traced."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        is_traced = isinstance(jnp.zeros(()) + 0, jax.core.Tracer)
        self.layer = bridge.ToNNX(nn.Dense(4 if is_traced else 3), rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.layer(x)


_X = np.linspace(-1.0, 2.0, 6, dtype=np.float32).reshape(2, 3)

MODELS: dict[str, Any] = {
    kind.__name__: {"model": kind, "args": (_X if kind is WritesItsInput else jnp.asarray(_X),)}
    for kind in (
        *(Unseeded, WritesItsInput, SharesOneArray, BranchesOnValues, CountsInPython),
        SizedByHistory,
        *(StaysOnOneDevice, RemembersTraining, HidesItsLayers, MadeOtherwiseUnderJit),
    )
}
MODELS["ForgetsALayer"] = {
    "model": ForgetsALayer,
    "args": (jnp.asarray(_X),),
    "init": lambda model: model.first.lazy_init(jnp.asarray(_X)),
}
