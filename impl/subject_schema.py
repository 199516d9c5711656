"""From what one entry of a file's SUBJECTS says to a subject: every mistake is answered in one line."""

import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, NamedTuple

from flax import linen as nn
from flax import nnx

from impl.errors import BadSubjects, in_one_line
from impl.subject import Method, Subject

_METHOD_KEYS = [field.name for field in fields(Method)]
KEYS = [field.name for field in fields(Subject) if field.name != "name"]


class _Form(NamedTuple):
    fits: Callable[[Any], bool]
    words: str


def _is_tuple(value: Any) -> bool:
    return isinstance(value, tuple)


def _is_names(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value)


def _is_keywords(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(name, str) for name in value)


def _is_methods(value: Any) -> bool:
    return _is_keywords(value) and all(_is_tuple(one) or _is_method(one) for one in value.values())


def _is_method(value: Any) -> bool:
    return isinstance(value, dict) and set(value) <= set(_METHOD_KEYS) and all(_fits(*one) for one in value.items())


def _fits(key: str, value: Any) -> bool:
    return _FORMS[key].fits(value)


_FORMS = {
    "args": _Form(_is_tuple, "a tuple, (x,) where there is one argument"),
    "init_args": _Form(_is_tuple, "a tuple, (x,) where there is one argument"),
    "kwargs": _Form(_is_keywords, "a dictionary of keyword arguments"),
    "init_kwargs": _Form(_is_keywords, "a dictionary of keyword arguments"),
    "train": _Form(_is_keywords, "a dictionary of the keyword arguments that differ in training"),
    "streams": _Form(_is_names, "a list of names, such as ['dropout']"),
    "mutable": _Form(_is_names, "a list of collections, such as ['batch_stats']"),
    "methods": _Form(
        _is_methods,
        "a dictionary of methods, each with a tuple of arguments, {'encode': (x,)}, "
        "or with {'args': (x,), 'kwargs': {…}, 'mutable': […]}",
    ),
    "mesh": _Form(_is_names, "a list of the mesh's axes, such as ['data', 'model']"),
}


def subject_of(name: Any, description: Any) -> Subject:
    """The subject that one entry of SUBJECTS describes; raises BadSubjects."""
    if not isinstance(name, str) or not re.fullmatch(r"[\w.-]+", name, re.ASCII):
        raise BadSubjects(f"the name {name!r} cannot stand in a test's name: use letters, digits, '_', '-' and '.'")
    try:
        return _checked(name, description)
    except BadSubjects as error:
        raise BadSubjects(f"subject {name!r}: {error}") from error.__cause__


def _checked(name: str, description: Any) -> Subject:
    if not isinstance(description, dict):
        raise BadSubjects(f"it is a {type(description).__name__}: write {{'module': …, 'args': (…,)}}")
    if unknown := [key for key in description if key not in KEYS]:
        raise BadSubjects(f"unknown key {unknown[0]!r}: the keys are {', '.join(KEYS)}")
    if missing := [key for key in ("module", "args") if key not in description]:
        raise BadSubjects(f"there is no {missing[0]!r}, which every subject needs")
    for key, value in description.items():
        if key in _FORMS and not _fits(key, value):
            raise BadSubjects(f"{key!r} is {_shown(value)}, and must be {_FORMS[key].words}")
    lists = {key: tuple(description[key]) for key in ("streams", "mutable", "mesh") if key in description}
    methods = {method: _method(one) for method, one in description.get("methods", {}).items()}
    subject = Subject(name, **{**description, **lists, "methods": methods})
    _check_module(subject)
    return subject


def _method(description: Any) -> Method:
    if isinstance(description, tuple):
        return Method(description)
    return Method(**{**description, "mutable": tuple(description.get("mutable", ()))})


def _check_module(subject: Subject) -> None:
    given = subject.module
    if not callable(given) or isinstance(given, nnx.Module) or (isinstance(given, type) and _is_linen(given)):
        remedy = f": make one, {given.__name__}(…)" if isinstance(given, type) else ""
        raise BadSubjects(
            f"'module' is {_shown(given)}, and must be a Linen module, or a function that makes one{remedy}"
        )
    with subject.in_mesh():
        try:
            module = subject.linen()
        except (Exception, SystemExit) as error:
            raise BadSubjects(f"'module' cannot be called without arguments ({in_one_line(error)})") from error
        if not isinstance(module, nn.Module):
            raise BadSubjects(f"'module' makes {_shown(module)}, and must make a Linen module")
        if module.scope is not None:
            raise BadSubjects("'module' is bound to variables: give the module itself, without bind")
        for method in subject.methods:
            if not callable(getattr(type(module), method, None)):
                raise BadSubjects(f"'methods' names {method!r}, and {type(module).__name__} has no such method")
        try:
            subject.shapes  # noqa: B018  asking is the check
        except (Exception, SystemExit) as error:
            args = "init_args" if subject.init_args is not None else "args"
            kwargs = "init_kwargs" if subject.init_kwargs is not None else "kwargs"
            raise BadSubjects(
                f"plain Linen cannot initialise it with these {args!r} and {kwargs!r} ({in_one_line(error)})"
            ) from error
        for words, args_of_call, call in _calls(subject):
            try:
                subject.try_call(args_of_call, call)
            except (Exception, SystemExit) as error:
                raise BadSubjects(f"plain Linen cannot call {words} ({in_one_line(error)})") from error


def _calls(subject: Subject) -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """What a property may do with it, in words, with its positional and its keyword arguments."""
    yield "it with these 'args' and 'kwargs'", subject.args, subject.plain_call
    yield "it with these 'args' and 'train'", subject.args, subject.training_call
    for name, method in subject.methods.items():
        yield f"its method {name!r} with these arguments", method.args, {**method.call, "method": name}


def _is_linen(kind: type) -> bool:
    return issubclass(kind, nn.Module)


def _shown(value: Any) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    text = repr(value)
    return text if len(text) < 40 and "\n" not in text else f"a {type(value).__name__}"
