"""Values of a program as source that makes equal values."""

import dataclasses
import enum
import functools
import inspect
import pickle
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import numpy as np
from flax import core
from flax import linen as nn

from . import arrays
from .facts import Facts, TooLarge
from .names import NoForm, imported, named, why_unnamed

_LITERALS = (type(None), bool, int, str, bytes, types.EllipsisType)
# Linen sets them.
_NOT_CONSTRUCTED = ("parent",)


class SourceWriter:
    """Writes values as source; what has no form is pickled among the facts."""

    def __init__(self, noted: Facts) -> None:
        self._facts = noted

    def of(self, value: Any, first: Callable[[Any], str | None] = lambda value: None) -> str:
        """The source of a value; ``first`` is asked before anything else. Raises NoForm."""
        return _Writing(self._facts, first).of(value)


class _Writing:
    def __init__(self, noted: Facts, first: Callable[[Any], str | None]) -> None:
        self._facts = noted
        self._first = first

    def of(self, value: Any) -> str:
        for form in (self._first, self._literal, self._array, self._container, self._named, self._made):
            text = form(value)
            if text is not None:
                return text
        return self._pickled(value)

    def _literal(self, value: Any) -> str | None:
        if isinstance(value, enum.Enum):
            return f"{self._name(type(value))}.{value.name}" if value.name else None
        if type(value) in _LITERALS:
            return repr(value)
        if type(value) in (float, complex):
            text = repr(value)
            return text if value - value == 0 else f"{imported('builtins', type(value).__name__)}({text!r})"
        if isinstance(value, np.dtype):
            return f"{imported('jax.numpy', 'dtype')}({str(value)!r})"
        return None

    def _array(self, value: Any) -> str | None:
        return arrays.written(value) if arrays.is_array(value) else None

    def _container(self, value: Any) -> str | None:
        kind = type(value)
        if kind is tuple:
            return f"({', '.join(map(self.of, value))}{',' * (len(value) == 1)})"
        if kind is list:
            return f"[{', '.join(map(self.of, value))}]"
        if kind is dict:
            return f"{{{', '.join(f'{self.of(key)}: {self.of(one)}' for key, one in value.items())}}}"
        if kind in (set, frozenset):
            return f"{imported('builtins', kind.__name__)}([{', '.join(sorted(map(self.of, value)))}])"
        if kind is core.FrozenDict:
            return f"{imported('flax.core', 'FrozenDict')}({self.of(core.unfreeze(value))})"
        if kind is functools.partial:
            return self._call(imported("functools", "partial"), (value.func, *value.args), value.keywords)
        if kind is jax.sharding.PartitionSpec:
            return self._call(imported("jax.sharding", "PartitionSpec"), tuple(value), {})
        if kind is jax.sharding.Mesh:
            return f"{imported('', 'mesh_of_one_device')}({tuple(value.axis_names)!r})"
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            return self._call(self._name(kind), (), dict(zip(kind._fields, value, strict=True)))
        return None

    def _named(self, value: Any) -> str | None:
        if isinstance(value, type) or (callable(value) and not dataclasses.is_dataclass(value)):
            return named(value)
        return None

    def _made(self, value: Any) -> str | None:
        if isinstance(value, nn.Module):
            return self._linen(value)
        if isinstance(value, types.FunctionType):
            return self._from_a_factory(value)
        if isinstance(value, type):
            raise why_unnamed(value)
        if dataclasses.is_dataclass(value) and not hasattr(value, "__post_init__"):
            return self._call(self._name(type(value)), (), _changed_fields(value))
        return self._configuration(value)

    def _linen(self, module: nn.Module) -> str:
        if module.scope is not None:
            raise NoForm(f"`{type(module).__name__}` is bound to variables: wrap the module itself, without `bind`")
        fields = _changed_fields(module)
        return self._call(self._name(type(module)), _required(type(module), fields), fields)

    def _from_a_factory(self, function: types.FunctionType) -> str | None:
        """A closure that a function of JAX or Flax returns, as `nn.initializers.normal(0.1)` does; it is tried."""
        module = function.__globals__.get("__name__", "")
        outer, inside, _ = function.__code__.co_qualname.rpartition(".<locals>.")
        if not inside or module.partition(".")[0] not in ("jax", "flax"):
            return None
        factory = function.__globals__.get(outer)
        if not callable(factory):
            return None
        keywords = _arguments_of_the_factory(factory, function)
        if keywords is None or not _same(factory(**keywords), function):
            return None
        text = named(factory)
        changed = _without_defaults(factory, keywords)
        return text and self._call(text, _required(factory, changed), changed)

    def _configuration(self, value: Any) -> str | None:
        """An object of plain data whose constructor takes its attributes; it is tried."""
        attributes = getattr(value, "__dict__", None)
        text = named(type(value))
        if text is None or not attributes or not all(map(_is_plain, attributes.values())):
            return None
        try:
            given = {name: getattr(value, name) for name in _parameters(type(value)) if hasattr(value, name)}
            least = _without_defaults(type(value), given)
            for keywords in (least, given):
                if vars(type(value)(**keywords)) == attributes:
                    return self._call(text, (), keywords)
        except Exception:  # it is not made in this way
            return None
        return None

    def _pickled(self, value: Any) -> str:
        """A pickle beside the file; an object of a module's top is imported where it cannot be pickled."""
        try:
            data = pickle.dumps(value)
            if b"__main__" in data:
                raise pickle.PicklingError("of the script itself")
            return f"{imported('', 'pickled')}({self._facts.add_pickle(data)!r})"
        except TooLarge:
            raise NoForm(f"a `{type(value).__name__}` is larger than 1 MB: make it in a function") from None
        except Exception as error:  # whatever a user's class raises
            text = named(value)
            if text is not None:
                return text
            if callable(value) and hasattr(value, "__qualname__"):
                raise why_unnamed(value) from error
            raise NoForm(
                f"a `{type(value).__name__}` can neither be written nor pickled: give it a name at the top of a module"
            ) from error

    def _name(self, kind: type) -> str:
        text = named(kind)
        if text is None:
            raise why_unnamed(kind)
        return text

    def _call(self, function: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        return f"{function}({', '.join([*map(self.of, args), *(f'{k}={self.of(v)}' for k, v in kwargs.items())])})"


def _changed_fields(value: Any) -> dict[str, Any]:
    """The fields of a dataclass that its constructor takes and that are not as by default."""
    changed = {}
    for field in dataclasses.fields(value):
        if not field.init or field.name in _NOT_CONSTRUCTED:
            continue
        default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
        held = getattr(value, field.name)
        if not _equal(held, default):
            changed[field.name] = held
    return changed


def _required(function: Callable[..., Any], keywords: dict[str, Any]) -> tuple[Any, ...]:
    """Takes the arguments without a default from the keywords: they are written by position, as in `nn.Dense(4)`."""
    found = []
    for name, one in inspect.signature(function).parameters.items():
        if one.default is not one.empty or one.kind is not one.POSITIONAL_OR_KEYWORD or name not in keywords:
            break
        found.append(keywords.pop(name))
    return tuple(found)


def _without_defaults(function: Callable[..., Any], keywords: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {name: one.default for name, one in inspect.signature(function).parameters.items()}
    return {name: value for name, value in keywords.items() if not _equal(value, defaults[name])}


def _parameters(function: Callable[..., Any]) -> Iterator[str]:
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            yield name


def _arguments_of_the_factory(factory: Callable[..., Any], made: types.FunctionType) -> dict[str, Any] | None:
    """What the closure has under the names of the factory's parameters."""
    defaults = made.__defaults__ or ()
    last = made.__code__.co_varnames[: made.__code__.co_argcount][-len(defaults) :] if defaults else ()
    cells = zip(made.__code__.co_freevars, (cell.cell_contents for cell in made.__closure__ or ()), strict=True)
    held = {**dict(zip(last, defaults, strict=True)), **(made.__kwdefaults__ or {}), **dict(cells)}
    parameters = inspect.signature(factory).parameters
    needed = [name for name, one in parameters.items() if one.default is one.empty]
    return {name: held[name] for name in parameters if name in held} if held.keys() >= set(needed) else None


def _same(one: Any, other: Any) -> bool:
    """Whether two functions have one code and close over the same."""
    if not isinstance(one, types.FunctionType) or not isinstance(other, types.FunctionType):
        return _equal(one, other)
    if one is other:
        return True
    cells = [[cell.cell_contents for cell in function.__closure__ or ()] for function in (one, other)]
    return (
        one.__code__ is other.__code__
        and len(cells[0]) == len(cells[1])
        and all(map(_same, *cells))
        and all(map(_same, one.__defaults__ or (), other.__defaults__ or ()))
    )


def _equal(one: Any, other: Any) -> bool:
    try:
        return one is other or (type(one) is type(other) and bool(one == other))
    except Exception:  # an array's == is no answer
        return False


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value)) and all(map(_is_plain, value.values()))
    if type(value) in (tuple, list, set):
        return all(map(_is_plain, value))
    return type(value) in (*_LITERALS, float)
