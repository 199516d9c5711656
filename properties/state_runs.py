"""A ``ToNNX`` layer beside the reference bridge: two models of which the same is asked."""

from collections.abc import Callable
from typing import Any

from impl import flax_api
from impl.errors import in_one_line
from impl.subject import Subject, fresh
from properties.agreement import assert_same
from properties.reference_bridge import ReferenceBridge
from properties.subject_runs import initialised
from properties.subject_values import inputs


def both(subject: Subject, seed: int) -> tuple[Any, ReferenceBridge]:
    """The layer after lazy_init, and the reference bridge with the same variables, which will draw the same keys."""
    layer, variables = initialised(subject, seed)
    return layer, ReferenceBridge(subject.linen(), variables, flax_api.rngs_of(layer))


def assert_alike(do: Callable[[Any], Any], layer: Any, reference: ReferenceBridge) -> None:
    """Assert that what is done with both gives the same, or raises the same type of exception."""
    found, expected = _outcome(do, layer), _outcome(do, reference)
    if isinstance(found, Exception) or isinstance(expected, Exception):
        assert type(found) is type(expected), f"{_said(found)}, and the reference bridge: {_said(expected)}"
    else:
        assert_same(found, expected)


def call(model: Any, subject: Subject, seed: int) -> Any:
    """The output of a training call."""
    return model(*fresh(inputs(subject.args, seed)), **subject.training_call)


def _outcome(do: Callable[[Any], Any], model: Any) -> Any:
    try:
        return do(model)
    except Exception as error:
        return error


def _said(outcome: Any) -> str:
    return in_one_line(outcome) if isinstance(outcome, Exception) else "no exception"
