"""A property of programs, parametrized by features."""

import functools
import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impl import flax_api
from properties.programs.program import Program
from properties.support import seeds


class Feature(Protocol):
    """Something that a program can use."""

    @property
    def needs(self) -> str:
        """What of flax it takes, a dotted name."""

    @property
    def percent(self) -> int:
        """How many of a property's examples it gets, in percent: 12 are twelve in a gate and 120 in a hunt."""


F = TypeVar("F", bound=Feature)


def for_each_feature(
    features: Mapping[str, F], programs_with: Callable[[F], st.SearchStrategy[Program]]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator: parametrise by the features, and search for a program with the one whose turn it is."""
    # Hypothesis asks for the strategies of a property before pytest gives the parameter.
    chosen: ContextVar[F] = ContextVar("feature")

    @st.composite
    def programs(draw: Callable[..., Any]) -> Program:
        return draw(programs_with(chosen.get()))

    def decorator(test: Callable[..., None]) -> Callable[..., None]:
        # Few programs of one feature differ in anything that matters.
        def search(percent: int) -> Any:
            few = settings(max_examples=max(1, settings().max_examples * percent // 100))
            return few(given(program=programs())(test))

        searches = {percent: search(percent) for percent in {feature.percent for feature in features.values()}}

        @functools.wraps(test)
        def of_one(feature: F, **arguments: Any) -> None:
            # Excused: A release that lacks what the property needs is `unsupported`.
            if missing := flax_api.missing(feature.needs):
                pytest.skip(missing)
            token = chosen.set(feature)
            try:
                seeds.seeded(searches[feature.percent])(**arguments)
            finally:
                chosen.reset(token)

        of_one.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [inspect.Parameter("feature", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
        )
        parameters = [pytest.param(feature, id=name) for name, feature in sorted(features.items())]
        return pytest.mark.parametrize("feature", parameters)(of_one)

    return decorator
