"""A property is tried on one example alone, which is read as data."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from reports.plugin import examples


def values(text: str) -> dict[str, Any]:
    """The arguments that an example says; BadExample where it says something else."""
    from reports.plugin.makers import MAKERS  # they import jax, which a process that runs no property goes without

    return {name: examples.value(node, MAKERS) for name, node in examples.arguments(text).items()}


def run(item: pytest.Function, arguments: Mapping[str, Any]) -> None:
    """Call a property with these arguments, and with its fixtures and parameters for the others."""
    test = test_of(item)
    wanted = inspect.signature(test).parameters
    test(**{name: value for name, value in item.funcargs.items() if name in wanted} | dict(arguments))


def test_of(item: pytest.Item) -> Callable[..., Any]:
    """The property without the search."""
    function: Any = getattr(item, "obj", None)
    handle = getattr(function, "hypothesis", None)
    return handle.inner_test if handle else inspect.unwrap(function)
