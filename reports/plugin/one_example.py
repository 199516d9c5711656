"""A pytest plugin: with ``--example`` a property is tried on that example alone, which is read as data."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from impl import flax_api
from properties.programs.program import Program
from properties.support.strategies import Call
from reports.plugin import examples


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse an example that a property which is to run does not take."""
    try:
        given = values(config.option.example)
    except examples.BadExample as error:
        raise pytest.UsageError(f"{examples.OPTION}: {error}; give name=value as a failure shows it") from None
    for item in items:
        wanted = _drawn(item)
        if given.keys() != wanted:
            raise pytest.UsageError(
                f"{examples.OPTION} has {_listed(given)}, and {item.name} takes {_listed(wanted)}; "
                "name the one property that it is for"
            )


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object:
    """Try the example in place of the property's search."""
    feature: Any = pyfuncitem.funcargs.get("feature")
    # Excused: A release that lacks what the property needs is `unsupported`.
    if missing := flax_api.missing(feature.needs) if feature else "":
        pytest.skip(missing)
    run(pyfuncitem, values(pyfuncitem.config.option.example))
    return True


def values(text: str) -> dict[str, Any]:
    """The arguments that an example says; BadExample where it says something else."""
    return {name: examples.value(node, MAKERS) for name, node in examples.arguments(text).items()}


def run(item: pytest.Function, arguments: Mapping[str, Any]) -> None:
    """Call a property with these arguments, and with its fixtures and parameters for the others."""
    test = _test(item)
    wanted = inspect.signature(test).parameters
    test(**{name: value for name, value in item.funcargs.items() if name in wanted} | dict(arguments))


def _test(item: pytest.Item) -> Callable[..., Any]:
    """The property without the search."""
    function: Any = getattr(item, "obj", None)
    handle = getattr(function, "hypothesis", None)
    return handle.inner_test if handle else inspect.unwrap(function)


def _drawn(item: pytest.Item) -> set[str]:
    """The arguments that are neither fixtures nor parameters."""
    return inspect.signature(_test(item)).parameters.keys() - {*getattr(item, "fixturenames", ())}


def _listed(names: Any) -> str:
    return ", ".join(sorted(names)) or "nothing"


class _List(list[Any]):
    """A list that is one, in a Call whose other lists are arrays."""


def _call(seed: Any, x: Any, features: Any) -> Call:
    if isinstance(x, list):
        x = list(x) if isinstance(x, _List) else jnp.asarray(x, jnp.float32)
    return Call(seed, x, features)


_DTYPES = ("bool", "int32", "uint32", "float16", "bfloat16", "float32", "float64")
_PLATFORMS = ("Cpu", "Cuda", "Rocm", "Tpu")


def _array(of: Any, dtype: str) -> Callable[..., Any]:
    return lambda values: of.asarray(values, dtype)


def _device(platform: str) -> Callable[..., Any]:
    return lambda id: jax.devices(platform)[id]


MAKERS: dict[str, Callable[..., Any]] = {
    "Call": _call,
    # Hypothesis prints the source from a new line on.
    "Program": lambda source: Program(source.removeprefix("\n")),
    "list": _List,
    "Array": lambda values, dtype: jnp.asarray(values, dtype),
    **{name: getattr(jnp, name) for name in _DTYPES if name != "bool"},
    **{f"jnp.{name}": _array(jnp, name) for name in _DTYPES},
    **{f"np.{name}": _array(np, name) for name in _DTYPES if name != "bfloat16"},
    # Findings are written by hand.
    "jnp.array": jnp.array,
    "jax.numpy.zeros": jnp.zeros,
    "int": int,
    **{f"{name}Device": _device(name.lower()) for name in _PLATFORMS},
}
