"""What is watched: how bridged layers and the models that hold them are made and called."""

import sys
import types
from importlib.metadata import version

from .facts import Facts
from .layers import Layers
from .models import Models
from .watched import around


def install(noted: Facts, wrappers: types.ModuleType) -> None:
    """Watch from now on; ``wrappers`` is the module of Flax that defines `ToNNX`."""
    linen, scope = sys.modules["flax.linen.module"], sys.modules["flax.core.scope"]
    layers = Layers(noted)
    models = Models(noted, layers, wrappers.Module, wrappers.ToNNX)
    meta = _defining(type(wrappers.Module), "__call__")
    around(wrappers.ToNNX, "__call__", layers.call)
    around(linen.Module, "apply", layers.applying)
    around(linen.Module, "init_with_output", layers.initialising)
    around(scope.Scope, "make_rng", layers.drawing)
    around(meta, "__call__", models.construction)
    around(_defining(wrappers.Module, "__setattr__"), "__setattr__", models.assignment)
    noted.tell("bridge", flax=version("flax"))


def _defining(cls: type, name: str) -> type:
    return next(kind for kind in cls.__mro__ if name in vars(kind))
