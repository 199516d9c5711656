"""A subject: a Linen module with example inputs, of which every generic property is asked."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jax
from flax import linen as nn
from flax import nnx

from impl import flax_api


@dataclass(frozen=True)
class Subject:
    """What one entry of a file's SUBJECTS says; ``impl/subjects.py`` shows every key in use."""

    name: str
    # A Linen module, or what makes one where that is dear or needs the mesh.
    module: Any
    # What it is called with, and what it is initialised with where that is something else.
    args: tuple[Any, ...]
    init_args: tuple[Any, ...] | None = None
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    # The arguments that differ in training; without any, a subject is always called in one way.
    train: Mapping[str, Any] = field(default_factory=dict)
    # The random streams that it draws from, beside "params".
    streams: tuple[str, ...] = ()
    # The collections that it changes (in training, where `train` says how that is called).
    mutable: tuple[str, ...] = ()
    # Other methods that can be called, with their arguments.
    methods: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    # The axes of the mesh that its parameters are partitioned over.
    mesh: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<{self.name}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What Hypothesis prints: the name alone, where of another dataclass it prints every field."""
        printer.text(repr(self))

    def linen(self) -> nn.Module:
        """The Linen module."""
        return self.module if isinstance(self.module, nn.Module) else self.module()

    def in_mesh(self) -> AbstractContextManager[Any]:
        """The context in which everything about this subject is done."""
        return flax_api.mesh(self.mesh) if self.mesh else nullcontext()

    def rngs(self, seed: int) -> nnx.Rngs:
        """An Rngs with a stream for the parameters and for each that the module draws from."""
        return nnx.Rngs(**{name: seed + i for i, name in enumerate(("params", *self.streams))})

    @property
    def plain_call(self) -> dict[str, Any]:
        """The keyword arguments of a call that is not of training."""
        return {**self.kwargs, **self.changing(not self.train)}

    @property
    def training_call(self) -> dict[str, Any]:
        """The keyword arguments of a call in training."""
        return {**self.kwargs, **self.train, **self.changing(True)}

    @cached_property
    def shapes(self) -> Mapping[str, Any]:
        """The shapes of Linen's variables, by collection."""
        # Not as arguments of eval_shape, which would trace flags and indices.
        return jax.eval_shape(lambda key: self.linen().init(key, *self.first_args, **self.kwargs), jax.random.key(0))

    @property
    def learns(self) -> bool:
        """Whether there are parameters, so that there are gradients."""
        return bool(self.shapes.get("params"))

    @property
    def first_args(self) -> tuple[Any, ...]:
        """What it is initialised with."""
        return self.args if self.init_args is None else self.init_args

    def changing(self, changes: bool) -> dict[str, Any]:
        """The argument ``mutable`` of a call that changes the variables, or none."""
        return {"mutable": list(self.mutable)} if changes and self.mutable else {}
