"""A model: an NNX model that holds bridged Linen layers, with example inputs."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from flax import nnx
from flax.nnx import bridge

from impl import flax_api
from impl.subject import fresh

LAZILY = "lazy_init"


@dataclass(frozen=True)
class Broken:
    """A model that raises, or does not end, where it is made or called: what is asked of it fails with the reason."""

    name: str
    model: Any
    reason: str

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What Hypothesis prints."""
        printer.text(repr(self))


@dataclass(frozen=True)
class Model:
    """What one entry of a file's MODELS says; ``impl/models.py`` shows every key in use."""

    name: str
    # What makes it: a function of an `nnx.Rngs`.
    model: Callable[[nnx.Rngs], nnx.Module]
    # What it is called with.
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    # The keyword arguments that differ in training; without any, a model is always called in one way.
    train: Mapping[str, Any] = field(default_factory=dict)
    # What is minimised: a function of the model, of `args`, and of the keyword arguments of a call in training.
    loss: Callable[..., Any] | None = None
    # The axes of the mesh in which everything is done.
    mesh: tuple[str, ...] = ()
    # How its variables are made: by `bridge.lazy_init` with the arguments of a call, by a function of the model,
    # or, where this is None, by its constructor.
    init: Any = LAZILY

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What Hypothesis prints: the name alone, where of another dataclass it prints every field."""
        printer.text(repr(self))

    def in_mesh(self) -> AbstractContextManager[Any]:
        """The context in which everything about this model is done."""
        return flax_api.mesh(self.mesh) if self.mesh else nullcontext()

    def constructed(self, seed: Any) -> Any:
        """The model as its constructor leaves it, from a seed or a key."""
        return self.model(nnx.Rngs(seed))

    def initialise(self, built: Any) -> None:
        """Make the variables of a model that was constructed."""
        if self.init == LAZILY:
            bridge.lazy_init(built, *fresh(self.args), **fresh(dict(self.kwargs)))
        elif self.init is not None:
            self.init(built)

    def initialised(self, seed: Any) -> Any:
        """The model with its variables."""
        built = self.constructed(seed)
        self.initialise(built)
        return built

    @property
    def is_initialised_lazily(self) -> bool:
        """Whether `bridge.lazy_init` of the whole model makes its variables."""
        return bool(self.init == LAZILY)

    @property
    def plain_call(self) -> dict[str, Any]:
        """The keyword arguments of a call that is not of training."""
        return fresh(dict(self.kwargs))

    @property
    def training_call(self) -> dict[str, Any]:
        """The keyword arguments of a call in training."""
        return fresh({**self.kwargs, **self.train})
