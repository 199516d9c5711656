"""Bridged layers: the Linen module of each, and what each call passes to it."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import jax
from flax import core
from flax.core import meta

from . import calls, loaded
from .facts import Facts
from .names import NoForm
from .source import SourceWriter
from .watched import Unwatched, Watched

# More calls of one module that all differ say nothing new.
_MOST_CALLS = 40
# A program may make a module for each call.
_MOST_MODULES = 1000
# What a bridged layer takes for itself.
_OF_THE_BRIDGE = ("rngs", "method", "mutable")


class Layers:
    """All bridged layers of a program."""

    def __init__(self, noted: Facts) -> None:
        self.facts = noted
        self.source = SourceWriter(noted)
        # Who else wants to know of a call that has ended.
        self.heard: Callable[[LayerCall], None] = lambda call: None
        self._local = threading.local()
        # The module is held, so that no other gets its id.
        self._texts: dict[int, tuple[Any, str | None]] = {}
        self._counts: dict[str, set[Any]] = {}

    @property
    def running(self) -> "list[LayerCall]":
        """The calls that have not ended, of this thread; the innermost is the last."""
        if not hasattr(self._local, "running"):
            self._local.running = []
        found: list[LayerCall] = self._local.running
        return found

    def call(self, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Watched:
        """A call of a bridged layer."""
        return LayerCall(self, layer, args, kwargs)

    def applying(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Unwatched:
        """A call of Linen's `apply`: the first in a call of a layer is the layer's own."""
        return self._in_linen(kwargs.get("mutable", False), is_initialisation=False)

    def initialising(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Unwatched:
        """A call of Linen's `init_with_output`."""
        return self._in_linen(True, is_initialisation=True)

    def _in_linen(self, mutable: Any, is_initialisation: bool) -> Unwatched:
        if not self.running or self.running[-1].is_in_linen:
            return Unwatched()
        return _LinenCall(self.running[-1], mutable, is_initialisation)

    def drawing(self, scope: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Unwatched:
        """A draw from a stream."""
        if self.running:
            self.running[-1].streams.add(str(kwargs.get("name", args[0] if args else "params")))
        return Unwatched()

    def text(self, module: Any) -> str | None:
        """The source of a Linen module; None, and a problem, without one."""
        if len(self._texts) > _MOST_MODULES:
            self._texts.clear()
        if id(module) not in self._texts:
            self._texts[id(module)] = (module, self._text(module))
        return self._texts[id(module)][1]

    def _text(self, module: Any) -> str | None:
        try:
            text = self.source.of(module)
        except NoForm as error:
            why, _, remedy = str(error).partition(": ")
            self.facts.tell("problem", what=f"the Linen module `{type(module).__name__}`", why=why, remedy=remedy)
            return None
        self.facts.tell("module", source=text, name=type(module).__name__)
        return text

    def is_new(self, text: str, key: Any) -> bool:
        """Whether a call is the first of its kind, and the kinds of this module or model are not too many."""
        seen = self._counts.setdefault(text, set())
        if key in seen or len(seen) >= _MOST_CALLS:
            return False
        seen.add(key)
        return True


class LayerCall(Watched):
    """A call of a bridged layer."""

    def __init__(self, layers: Layers, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        super().__init__(layers.facts)
        self._layers = layers
        self.layer = layer
        self._args = args
        self._kwargs = {name: value for name, value in kwargs.items() if name not in _OF_THE_BRIDGE}
        self._method = kwargs.get("method")
        self.streams: set[str] = set()
        self.mutable: list[str] = []
        self.is_in_linen = False
        self.is_initialisation = False
        self.variables: Mapping[str, Any] = {}

    @property
    def draws(self) -> bool:
        """Whether it drew from a stream next to the one for parameters."""
        return bool(self.streams - {"params"})

    def begin(self) -> None:
        """Is the innermost from now on."""
        self._layers.running.append(self)

    def leave(self) -> None:
        """Is no longer."""
        self._layers.running.remove(self)

    def end(self) -> None:
        """Note the call if there was none like it."""
        self._layers.heard(self)
        module = wrapped(self.layer)
        text = self._layers.text(module)
        streams = sorted(self.streams - {"params"})
        shape = calls.signature(self._args, self._kwargs)
        key = (shape, str(self._method), self.is_initialisation, *self.mutable, *streams)
        if text is not None and self._layers.is_new(text, key):
            self._note(module, text, streams)

    def _note(self, module: Any, text: str, streams: list[str]) -> None:
        write = self._layers.source.of
        method = _name_of(self._method, module)
        self._facts.tell(
            "call",
            module=text,
            method=method,
            args=[calls.argument(value, write) for value in self._args],
            kwargs={name: calls.argument(value, write) for name, value in self._kwargs.items()},
            parameters=calls.parameters(getattr(type(module), method), write),
            mutable=self.mutable,
            streams=streams,
            initialises=self.is_initialisation,
            traced=calls.is_traced(self._args, self._kwargs),
            mesh=calls.mesh_axes(),
            topics=sorted(_topics_of(self.variables)),
        )
        loaded.note(self._facts)


class _LinenCall(Unwatched):
    """The call of Linen that a bridged layer makes."""

    def __init__(self, call: LayerCall, mutable: Any, is_initialisation: bool) -> None:
        self._call = call
        self._mutable = mutable
        call.is_in_linen, call.is_initialisation = True, is_initialisation

    def __exit__(self, kind: Any, error: Any, _: Any) -> None:
        if kind is None and self._mutable is not False:
            self._call.variables = self.result[1]
            if not self._call.is_initialisation:
                self._call.mutable = _names(self._mutable, self.result[1])


def _names(mutable: Any, changed: Mapping[str, Any]) -> list[str]:
    if isinstance(mutable, str):
        return [mutable]
    return [*map(str, mutable)] if isinstance(mutable, list | tuple) else sorted(map(str, changed))


def _name_of(method: Any, module: Any) -> str:
    if method is None or isinstance(method, str):
        return method or "__call__"
    name = getattr(method, "__name__", "")
    if getattr(type(module), name, None) is not method:
        raise NoForm("`method=` is no method of the Linen module's class: make it one")
    return str(name)


def wrapped(layer: Any) -> Any:
    """The Linen module of a bridged layer."""
    attributes = vars(layer)
    return attributes["to_nnx__module"] if "to_nnx__module" in attributes else attributes["module"]


def _topics_of(variables: Mapping[str, Any]) -> set[str]:
    """What the variables show to be in use."""
    found = set()
    for leaf in jax.tree_util.tree_leaves(dict(variables), is_leaf=_is_box):
        if _is_box(leaf):
            found |= {"metadata", "sharding"} if hasattr(leaf, "names") else {"metadata"}
    if not all(map(_is_plain, variables.values())):
        found.add("pytree values")
    return found


def _is_box(leaf: Any) -> bool:
    return isinstance(leaf, meta.AxisMetadata)


def _is_plain(tree: Any) -> bool:
    """Whether it is made of dictionaries, boxes and arrays alone; what is sown is in tuples."""
    if isinstance(tree, dict | core.FrozenDict):
        return all(map(_is_plain, tree.values()))
    return _is_box(tree) or len(jax.tree_util.tree_leaves(tree)) == 1
