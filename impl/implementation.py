"""An implementation: a module with ``linen_inside_nnx``, and how its kernel and bias are found."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from flax.nnx import bridge

from impl import flax_api
from impl.errors import NoModel, ParametersNotFound

ENTRY = "linen_inside_nnx"
MODEL = "MyNNXWithLinen"


@dataclass(frozen=True)
class Parameters:
    """A kernel of shape ``(length, features)`` and a bias of shape ``(features,)``."""

    kernel: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class Implementation:
    """The entry under test and, where the module offers it, the class of its model."""

    name: str
    entry: Callable[[float, Any, float], jax.Array]
    model_class: Callable[..., nnx.Module] | None = None
    # As it was when the implementation had been imported and not yet called.
    jax_configuration: dict[str, Any] = field(default_factory=lambda: dict(jax.config.values), compare=False)

    @classmethod
    def from_module(cls, name: str, module: ModuleType) -> "Implementation":
        return cls(name, getattr(module, ENTRY), getattr(module, MODEL, None))

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def uninitialised_model(self, seed: float | nnx.Rngs, features: float) -> Any:
        """The model as its constructor leaves it, from a seed or from the caller's Rngs: no parameter exists yet."""
        if self.model_class is None:
            raise NoModel(f"{self.name} offers no {MODEL}")
        rngs = seed if isinstance(seed, nnx.Rngs) else nnx.Rngs(int(seed))
        return self.model_class(int(features), rngs=rngs)

    def model(self, seed: float, x: Any, features: float) -> Any:
        """The model after ``bridge.lazy_init(model, x)``."""
        model = self.uninitialised_model(seed, features)
        bridge.lazy_init(model, x)
        return model

    def parameters(self, seed: float, x: Any, features: float) -> Parameters:
        """Kernel and bias that the entry uses for these arguments.

        They are read from the state of the model. The entry is probed where it compiles the
        initialisation, which may round the kernel otherwise.
        """
        if self.compiles_initialisation:
            return self._probed(seed, len(x), features)
        return self.parameters_of_the_model(seed, x, features)

    def parameters_of_the_model(self, seed: float, x: Any, features: float) -> Parameters:
        """Kernel and bias of the model for these arguments.

        Where the implementation has none, or its state does not tell them, the entry is probed.
        """
        if self.model_class is not None:
            with contextlib.suppress(ParametersNotFound):
                return parameters_of(self.model(seed, x, features), x, features)
        return self._probed(seed, len(x), features)

    @cached_property
    def compiles_initialisation(self) -> bool:
        """Whether the entry initialises its layer inside a compiled function."""
        with flax_api.capture_linen_rngs() as keys:
            self.entry(0.0, jnp.ones(2, jnp.float32), 3.0)
        return any(isinstance(key, jax.core.Tracer) for key in keys.values())

    def _probed(self, seed: float, length: int, features: float) -> Parameters:
        # Parameters depend on the seed and the shapes alone, so every probe sees the same ones;
        # f(e_i) - f(0) is exact because the bias is zero when a layer has just been initialised.
        def probe(x: Any) -> jax.Array:
            return self.entry(seed, x, features)

        units = jnp.eye(length, dtype=jnp.float32)
        # The sign of a zero is the compiler's: it leaves out a bias that it knows to be zero.
        bias = np.asarray(probe(jnp.zeros(length, jnp.float32))) + np.float32(0)
        rows = None
        if not self.compiles_initialisation:  # a program that is compiled for all rows at once may round otherwise
            with contextlib.suppress(Exception):  # an implementation need not survive vmap to be probed
                rows = np.asarray(jax.vmap(probe)(units))
        if rows is None:
            rows = np.stack([np.asarray(probe(unit)) for unit in units])
        return Parameters(rows - bias, bias)


def parameters_of(model: nnx.Module, x: Any, features: float) -> Parameters:
    """Kernel and bias among the ``nnx.Param`` leaves of ``model``, by name, else by shape; or ParametersNotFound."""
    leaves = flax_api.params(model)
    kernel = _the_one(leaves, "kernel", (len(x), int(features)))
    bias = _the_one(leaves, "bias", (int(features),))
    if kernel is None or bias is None:
        raise ParametersNotFound(f"no kernel and bias among the parameters {sorted(leaves)}")
    return Parameters(np.asarray(kernel), np.asarray(bias))


def _the_one(leaves: dict[str, jax.Array], name: str, shape: tuple[int, ...]) -> jax.Array | None:
    named = [leaf for path, leaf in leaves.items() if path.split("/")[-1] == name]
    shaped = [leaf for leaf in leaves.values() if leaf.shape == shape]
    for candidates in (named, shaped):
        if len(candidates) == 1:
            return candidates[0]
    return None
