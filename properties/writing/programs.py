"""Strategies of programs: with one feature for sure, or with many."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from properties.programs import Program
from properties.writing import (  # noqa: F401  (what they define is in FEATURES)
    boxes,
    leaves,
    lifted,
    names,
    nesting,
    parts,
    refused,
    state,
    steps,
    streams,
)
from properties.writing.draft import SHAPES, Draft
from properties.writing.features import FEATURES, Feature, Kind, Style


@st.composite
def programs_with(draw: Callable[..., Any], feature: Feature) -> Program:
    """Programs that surely use the feature, and little else."""
    draft = Draft(draw)
    draft.shape = draw(st.sampled_from(SHAPES))
    if feature.kind is Kind.PROGRAM:
        feature.write(draft)
        return draft.program()
    draft.open(has_setup=draw(st.sampled_from(feature.styles)) is Style.SETUP)
    before = draw(st.sampled_from([None, "param", "dense"]))
    if feature.kind is Kind.STEP:
        # A step that has nothing to keep says little.
        FEATURES[before or "param"].write(draft)
        FEATURES[draw(st.sampled_from(["param", "counter"]))].write(draft)
        steps.init(draft)
        feature.write(draft)
        _steps(draw, draft, most=1)
        return draft.program()
    if before:
        FEATURES[before].write(draft)
    feature.write(draft)
    steps.init(draft)
    _steps(draw, draft, most=2)
    (steps.mutable_call if draft.mutable else steps.call)(draft)
    return draft.program()


def _steps(draw: Callable[..., Any], draft: Draft, most: int) -> None:
    simple = [steps.call, steps.mutable_call] if draft.mutable else [steps.call]
    for step in draw(st.lists(st.sampled_from(simple), max_size=most)):
        step(draft)
