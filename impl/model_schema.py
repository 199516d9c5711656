"""From what one entry of a file's MODELS says to a model: every mistake is answered in one line."""

import math
import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx

from impl import flax_api
from impl.errors import BadModels, BrokenModel, in_one_line
from impl.model import LAZILY, Model
from impl.subject import fresh

KEYS = [field.name for field in fields(Model) if field.name != "name"]
# A model is made, called and trained several times by each property.
MOST_PARAMETERS = 10_000_000


class _Form(NamedTuple):
    fits: Callable[[Any], bool]
    words: str


def _is_keywords(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(name, str) for name in value)


def _is_names(value: Any) -> bool:
    names = isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value)
    return names and len(set(value)) == len(value)


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, nnx.Module)


_FORMS = {
    "model": _Form(_is_function, "a function that makes the model, such as `lambda rngs: MyModel(8, rngs=rngs)`"),
    "args": _Form(lambda value: isinstance(value, tuple), "a tuple, (x,) where there is one argument"),
    "kwargs": _Form(_is_keywords, "a dictionary of keyword arguments"),
    "train": _Form(_is_keywords, "a dictionary of the keyword arguments that differ in training"),
    "loss": _Form(
        lambda value: value is None or callable(value), "a function of the model and its arguments that gives a number"
    ),
    "mesh": _Form(_is_names, "a list of the mesh's axes, each once, such as ['data', 'model']"),
    "init": _Form(
        lambda value: value in (None, LAZILY) if isinstance(value, str | None) else callable(value),
        "a function of the model, or None where its constructor makes every variable",
    ),
}


def model_of(name: Any, description: Any) -> Model:
    """The model that one entry of MODELS describes; raises BadModels, and BrokenModel where it cannot be run."""
    if not isinstance(name, str) or not re.fullmatch(r"[\w.-]+", name, re.ASCII):
        raise BadModels(f"the name {name!r} cannot stand in a test's name: use letters, digits, '_', '-' and '.'")
    try:
        return _checked(name, description)
    except (BadModels, BrokenModel) as error:
        raise type(error)(f"model {name!r}: {error}") from error.__cause__


def _checked(name: str, description: Any) -> Model:
    if not isinstance(description, dict):
        raise BadModels(f"it is a {type(description).__name__}: write {{'model': lambda rngs: …, 'args': (…,)}}")
    if unknown := [key for key in description if key not in KEYS]:
        raise BadModels(f"unknown key {unknown[0]!r}: the keys are {', '.join(KEYS)}")
    if missing := [key for key in ("model", "args") if key not in description]:
        raise BadModels(f"there is no {missing[0]!r}, which every model needs")
    for key, value in description.items():
        if not _FORMS[key].fits(value):
            raise BadModels(f"{key!r} is {_shown(value)}, and must be {_FORMS[key].words}")
    mesh = {"mesh": tuple(description["mesh"])} if "mesh" in description else {}
    model = Model(name, **{**description, **mesh})
    with model.in_mesh():
        _check(model)
    return model


def _check(model: Model) -> None:
    """Make the model and call it as the properties will: what raises then may be the fault of the bridge."""
    built = _asked("'model' cannot be called with an `nnx.Rngs`", lambda: model.constructed(0))
    if not isinstance(built, nnx.Module):
        raise BadModels(f"'model' makes {_shown(built)}, and must make an nnx.Module")
    if (count := _parameters(model)) > MOST_PARAMETERS:
        raise BadModels(f"it has {count:,} parameters: give a small configuration, of at most {MOST_PARAMETERS:,}")
    how = "bridge.lazy_init with these 'args' and 'kwargs'" if model.is_initialised_lazily else "its 'init'"
    _asked(f"{how} raises", lambda: model.initialise(built))
    if not flax_api.bridged_layers(built):
        raise BadModels("it holds no `bridge.ToNNX` layer, so there is nothing of the bridge to test")
    _asked("a call with these 'args' and 'kwargs' raises", lambda: built(*fresh(model.args), **model.plain_call))
    _asked("a call with these 'args' and 'train' raises", lambda: built(*fresh(model.args), **model.training_call))
    if model.loss is not None:
        loss = model.loss
        given = _asked("'loss' raises", lambda: loss(built, *fresh(model.args), **model.training_call))
        if not isinstance(given, jax.Array) or given.shape != () or not jnp.issubdtype(given.dtype, jnp.floating):
            raise BadModels(f"'loss' gives {_shown(given)}, and must give one real number")


def _parameters(model: Model) -> int:
    """How many parameters the model would have; 0 where it cannot be made without computing anything."""
    try:
        made = nnx.eval_shape(lambda: model.initialised(0))
        return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(nnx.state(made, nnx.Param)))
    except (Exception, SystemExit):  # what is wrong is said by making it
        return 0


def _asked(what: str, call: Callable[[], Any]) -> Any:
    try:
        return call()
    except (Exception, SystemExit) as error:
        raise BrokenModel(f"{what} ({_said(error)})") from error


def _said(error: BaseException) -> str:
    try:
        return in_one_line(error)
    except Exception:  # a user's own, whose text cannot be made
        return type(error).__name__


def _shown(value: Any) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return repr(value) if isinstance(value, str | int | float | None) else f"a {type(value).__name__}"
