"""NNX models: how each that holds bridged layers is made, and what each call passes to it."""

import sys
import threading
import types
import weakref
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax

from . import arrays, calls, loaded
from .facts import Facts
from .layers import LayerCall, Layers, wrapped
from .names import NoForm, imported, named, why_unnamed
from .watched import Unwatched, Watched, around


class Made(NamedTuple):
    """How an NNX module was made."""

    # The source of its construction from `rngs`, or why there is none.
    source: str
    problem: str
    # Whether bridged layers are inside.
    holds: bool
    # Whether the constructor initializes them.
    initialises: bool
    # Whether another model's constructor made it.
    is_inner: bool
    # The source of those that its constructor makes or gets.
    layers: tuple[str, ...]


class Models:
    """All NNX modules of a program that hold bridged layers."""

    def __init__(self, noted: Facts, layers: Layers, module: type, layer: type) -> None:
        self.facts = noted
        self.layers = layers
        self.module = module
        self.layer = layer
        self.local = threading.local()
        self._made: dict[int, tuple[Any, Made]] = {}
        self._by_class: dict[type, dict[str, Made]] = {}
        self._watched: set[tuple[type, str]] = set()
        layers.heard = self._heard

    @property
    def constructions(self) -> "list[Construction]":
        """The constructions that have not ended, of this thread."""
        if not hasattr(self.local, "constructions"):
            self.local.constructions = []
        found: list[Construction] = self.local.constructions
        return found

    def construction(self, cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Unwatched:
        """A call of a class."""
        return Construction(self, cls, args, kwargs) if issubclass(cls, self.module) else Unwatched()

    def call(self, model: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Unwatched:
        """A call of a method; only the outermost counts."""
        if getattr(self.local, "call", None) is not None or self.constructions:
            return Unwatched()
        return ModelCall(self, model, name, args, kwargs)

    def assignment(self, outer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Unwatched:
        """An attribute of a module; those that constructors set are part of a construction."""
        return Unwatched() if self.constructions or not args else LateAssignment(self, outer, str(args[0]))

    def _heard(self, call: LayerCall) -> None:
        running = getattr(self.local, "call", None)
        if running is not None:
            running.heard(call)
        for one in self.constructions:
            one.initialises |= call.is_initialisation

    def remember(self, module: Any, made: Made) -> None:
        """Know how a module was made as long as it lives; one that holds bridged layers is watched."""
        key = id(module)
        self._made[key] = (weakref.ref(module, lambda _: self._made.pop(key, None)), made)
        if made.holds and not isinstance(module, self.layer):
            self._by_class.setdefault(type(module), {})[made.source] = made
            self._watch(type(module))

    def made(self, module: Any) -> Made | None:
        """How this module was made."""
        reference, made = self._made.get(id(module), (None, None))
        return made if reference is not None and reference() is module else None

    def made_as(self, module: Any) -> Made | None:
        """How it was made; how one of its class with the same layers was, for a copy, which transforms make."""
        known = self.made(module)
        if known is not None:
            return known
        layers = tuple(self._layers_of(module, set()))
        alike = list(reversed(self._by_class.get(type(module), {}).values()))
        same = [one for one in alike if sorted(one.layers) == sorted(layers)]
        return next(iter(same or alike), None)

    def _layers_of(self, node: Any, met: set[int]) -> Iterator[str]:
        if id(node) in met:
            return
        met.add(id(node))
        if isinstance(node, self.layer):
            yield self.layers.text(wrapped(node)) or ""
        elif isinstance(node, self.module | dict | list | tuple):
            held = node if isinstance(node, list | tuple) else (node if isinstance(node, dict) else vars(node)).values()
            for one in held:
                yield from self._layers_of(one, met)

    def held_by(self, values: Any) -> "list[Made]":
        """How the modules among arguments were made, where they hold bridged layers."""
        leaves = jax.tree_util.tree_leaves(values, is_leaf=lambda one: isinstance(one, self.module))
        found = [self.made(one) for one in leaves if isinstance(one, self.module)]
        return [one for one in found if one is not None and one.holds]

    def _watch(self, cls: type) -> None:
        for kind, name in _methods(cls, self.module):
            if (kind, name) not in self._watched:
                self._watched.add((kind, name))
                around(kind, name, lambda model, args, kwargs, name=name: self.call(model, name, args, kwargs))


def _methods(cls: type, module: type) -> Iterator[tuple[type, str]]:
    """What can be called from outside: `__call__`, and public methods of classes that are not Flax's."""
    for kind in cls.__mro__:
        if kind is module or not issubclass(kind, module):
            continue
        for name, value in list(vars(kind).items()):
            is_method = isinstance(value, types.FunctionType) and not name.startswith("_")
            if name == "__call__" or (is_method and kind.__module__.partition(".")[0] != "flax"):
                yield kind, name


class Construction(Watched):
    """The construction of an NNX module."""

    def __init__(self, models: Models, cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        super().__init__(models.facts)
        self._models = models
        self._cls, self._args, self._kwargs = cls, args, kwargs
        self.initialises = False
        self.layers: list[str] = []
        self.holds = False

    def begin(self) -> None:
        """Is one that has not ended."""
        self._models.constructions.append(self)

    def leave(self) -> None:
        """Has ended."""
        self._models.constructions.remove(self)

    def end(self) -> None:
        """Remember how the module was made."""
        is_layer = issubclass(self._cls, self._models.layer)
        given = self._models.held_by((self._args, self._kwargs))
        if is_layer:
            self.layers.append(self._models.layers.text(wrapped(self.result)) or "")
        for one in given:
            self.layers += one.layers
        if is_layer or given:
            self.holds = True
            for outer in self._models.constructions[: self._models.constructions.index(self)]:
                outer.holds = True
                outer.layers += self.layers
        self._models.remember(self.result, self._how())

    def _how(self) -> Made:
        try:
            source, problem = self._source(), ""
        except NoForm as error:
            source, problem = "", str(error)
        except Exception as error:  # what a user's object raises when it is looked at
            source, problem = "", f"{type(error).__name__} while it was read: simplify the constructor's arguments"
        is_inner = self._models.constructions[0] is not self
        return Made(source, problem, self.holds, self.initialises, is_inner, tuple(self.layers))

    def _source(self) -> str:
        name = named(self._cls)
        if name is None:
            raise why_unnamed(self._cls)
        write = self._models.layers.source.of
        args = [write(value, self._first) for value in self._args]
        args += [f"{key}={write(value, self._first)}" for key, value in self._kwargs.items()]
        return f"{name}({', '.join(args)})"

    def _first(self, value: Any) -> str | None:
        """Keys come from `rngs`, and modules are made where they are passed."""
        nnx = sys.modules["flax.nnx"]
        if isinstance(value, nnx.Rngs):
            return _streams(value)
        if arrays.is_array(value) and _is_key(value):
            drawn = "rngs.params()"
            is_typed = jax.dtypes.issubdtype(value.dtype, jax.dtypes.prng_key)
            return drawn if is_typed else f"{imported('jax.random', 'key_data')}({drawn})"
        if isinstance(value, self._models.module):
            made = self._models.made(value)
            if made is None or not made.source:
                why = made.problem if made else f"a `{type(value).__name__}` is passed whose construction was not seen"
                raise NoForm(why if ": " in why else f"{why}: make it in the constructor")
            return made.source
        return None


def _streams(rngs: Any) -> str:
    names = [name for name, _ in rngs.items()]
    if names in ([], ["default"]):
        return "rngs"
    return f"{imported('flax.nnx', 'Rngs')}({', '.join(f'{name}=rngs.{name}()' for name in names)})"


def _is_key(value: Any) -> bool:
    is_typed = bool(jax.dtypes.issubdtype(value.dtype, jax.dtypes.prng_key))
    return value.shape == () if is_typed else (value.shape, str(value.dtype)) == ((2,), "uint32")


class LateAssignment(Watched):
    """An attribute that a module gets outside of constructors, which the file does not repeat."""

    def __init__(self, models: Models, outer: Any, name: str) -> None:
        super().__init__(models.facts)
        self._models = models
        self._outer, self._name = outer, name
        self._before = vars(outer).get(name)

    def end(self) -> None:
        """Say so, if it is a bridged layer, or a model that holds some."""
        value = vars(self._outer).get(self._name)
        made = self._models.made(value) if isinstance(value, self._models.module) else None
        if made is not None and made.holds and value is not self._before:
            what = f"`{type(self._outer).__name__}.{self._name}`"
            why = "it is set after its construction, with bridged layers inside"
            self._facts.tell("problem", what=what, why=why, remedy="set it in the constructor")


class ModelCall(Watched):
    """A call from outside of a model that holds bridged layers."""

    def __init__(self, models: Models, model: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        super().__init__(models.facts)
        self._models = models
        self._model, self._method, self._args, self._kwargs = model, method, args, kwargs
        self._fact: dict[str, Any] | None = None
        self._inside: dict[str, bool] = {}

    def heard(self, call: LayerCall) -> None:
        """A bridged layer inside was called."""
        seen = {"initialises": call.is_initialisation, "mutable": bool(call.mutable), "draws": call.draws}
        self._inside = {name: found or self._inside.get(name, False) for name, found in seen.items()}

    def begin(self) -> None:
        """Is the outermost; its arguments are looked at before it can change them."""
        self._models.local.call = self
        made = self._models.made_as(self._model)
        if made is None:
            return
        key = ("call", self._method, calls.signature(self._args, self._kwargs))
        name = type(self._model).__name__
        # A call without a value, one of initialization and one of training look alike from outside.
        if any(self._models.layers.is_new(f"{name} {made.source}", (*key, time)) for time in range(3)):
            self._fact = {"source": made.source, "name": name, "problem": made.problem}
            self._fact |= {"constructor_initialises": made.initialises, "inner": made.is_inner, **self._call()}

    def _call(self) -> dict[str, Any]:
        write = self._models.layers.source.of
        try:
            return {
                "method": self._method,
                "args": [calls.argument(value, write) for value in self._args],
                "kwargs": {name: calls.argument(value, write) for name, value in self._kwargs.items()},
                "parameters": calls.parameters(getattr(type(self._model), self._method), write),
                "traced": calls.is_traced(self._args, self._kwargs),
                "mesh": calls.mesh_axes(),
            }
        except NoForm as error:
            why = f"`{self._method}` is called with what has no form: {error}"
            return {"method": self._method, "problem": why}

    def leave(self) -> None:
        """Is the outermost no longer."""
        self._models.local.call = None

    def end(self) -> None:
        """Note the call, if a bridged layer was called inside."""
        if self._fact is not None and self._inside:
            self._facts.tell("model", **self._fact, **self._inside)
            loaded.note(self._facts)
