"""A subject: a Linen module with example inputs, of which every generic property is asked."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
from flax import errors, nnx
from flax import linen as nn

from impl import flax_api


def fresh(given: Any) -> Any:
    """The arguments in containers of their own: a module may write into a dictionary that it is given."""
    return jax.tree.map(lambda leaf: leaf, given)


@dataclass(frozen=True)
class Method:
    """A method of a subject with the arguments of a call, and the collections that the call changes."""

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    mutable: tuple[str, ...] = ()

    @property
    def call(self) -> dict[str, Any]:
        """The keyword arguments of a call."""
        return {**fresh(dict(self.kwargs)), **({"mutable": list(self.mutable)} if self.mutable else {})}


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
    # The keyword arguments of the initialisation where they are others; "method" initialises by another method.
    init_kwargs: Mapping[str, Any] | None = None
    # The arguments that differ in training; without any, a subject is always called in one way.
    train: Mapping[str, Any] = field(default_factory=dict)
    # The RNG streams that it draws from, next to "params".
    streams: tuple[str, ...] = ()
    # The collections that it changes (in training, where `train` says how that is called).
    mutable: tuple[str, ...] = ()
    # Other methods that can be called.
    methods: Mapping[str, Method] = field(default_factory=dict)
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
        return {**fresh(dict(self.kwargs)), **self.changing(self._changes_outside_training)}

    @property
    def training_call(self) -> dict[str, Any]:
        """The keyword arguments of a call in training."""
        return {**fresh(dict(self.kwargs)), **fresh(dict(self.train)), **self.changing(True)}

    @cached_property
    def shapes(self) -> Mapping[str, Any]:
        """The shapes of Linen's variables, by collection."""
        # Not as arguments of eval_shape, which would trace flags and indices.
        return jax.eval_shape(
            lambda key: self.linen().init(key, *self.first_args, **self.first_kwargs), jax.random.key(0)
        )

    @property
    def learns(self) -> bool:
        """Whether there are parameters, and jax.grad takes all of them."""
        parameters = jax.tree.leaves(self.shapes.get("params", {}))
        return bool(parameters) and all(jnp.issubdtype(leaf.dtype, jnp.inexact) for leaf in parameters)

    @property
    def parameters(self) -> bool:
        """Whether there are parameters."""
        return bool(jax.tree.leaves(self.shapes.get("params", {})))

    @property
    def first_args(self) -> tuple[Any, ...]:
        """What it is initialised with."""
        return tuple(fresh(self.args if self.init_args is None else self.init_args))

    @property
    def first_kwargs(self) -> dict[str, Any]:
        """The keyword arguments that it is initialised with."""
        return dict(fresh(dict(self.kwargs if self.init_kwargs is None else self.init_kwargs)))

    @cached_property
    def draws(self) -> bool:
        """Whether a training call draws from one of its streams."""
        with self.in_mesh(), flax_api.streams_drawn() as drawn:
            self.try_call(self.args, self.training_call)
        return not drawn.isdisjoint(self.streams)

    @cached_property
    def keeps_still(self) -> bool:
        """Whether plain Linen can call it outside training with variables that do not change."""
        try:
            with self.in_mesh():
                self.try_call(self.args, self.kwargs)
        except errors.FlaxError:
            return False
        except Exception:  # that it cannot be called at all is said elsewhere
            return True
        return True

    @property
    def _changes_outside_training(self) -> bool:
        # Without arguments that differ in training every call is one.
        return not self.train or not self.keeps_still

    def try_call(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Call it in plain Linen, without computing anything; raises what plain Linen raises."""
        keys = {name: jax.random.key(0) for name in ("params", *self.streams)}

        def call(variables: Any) -> None:
            self.linen().apply(variables, *fresh(args), rngs=keys, **fresh(kwargs))

        jax.eval_shape(call, self.shapes)

    def changing(self, changes: bool) -> dict[str, Any]:
        """The argument ``mutable`` of a call that changes the variables, or none."""
        return {"mutable": list(self.mutable)} if changes and self.mutable else {}
