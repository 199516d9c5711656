"""A property that is tried for each feature in turn, as a property of its own."""

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest
from hypothesis import strategies as st

from impl import flax_api
from properties.programs import Program
from properties.writing.features import FEATURES, Feature
from properties.writing.programs import programs_with

# Hypothesis asks for the strategies of a property before pytest gives the parameter.
_chosen: ContextVar[Feature] = ContextVar("feature")


def for_each_feature(test: Callable[..., None]) -> Callable[..., None]:
    """Parametrise by the features, of which ``programs_of_the_feature`` then writes programs."""

    @functools.wraps(test)
    def of_one(feature: Feature, **arguments: Any) -> None:
        if missing := flax_api.missing(feature.needs):
            pytest.skip(missing)
        token = _chosen.set(feature)
        try:
            test(**arguments)
        finally:
            _chosen.reset(token)

    of_one.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter("feature", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    )
    features = [pytest.param(feature, id=name) for name, feature in sorted(FEATURES.items())]
    return pytest.mark.parametrize("feature", features)(of_one)


@st.composite
def programs_of_the_feature(draw: Callable[..., Any]) -> Program:
    """Programs that surely use the feature whose turn it is."""
    return draw(programs_with(_chosen.get()))
