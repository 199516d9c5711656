"""Strategies of programs: with one feature for sure, or with many."""

from collections.abc import Callable, Collection
from typing import Any

from hypothesis import strategies as st

from impl import flax_api
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


@st.composite
def mixed_programs(draw: Callable[..., Any], without: Collection[str]) -> Program:
    """Programs of up to three modules that lie in one another, of many features but these, and of several steps."""
    draft = Draft(draw)
    draft.shape = draw(st.sampled_from(SHAPES))
    nests = not any(name.endswith("_in_a_submodule") for name in without)
    for _ in range(draw(st.integers(1, 3)) if nests else 1):
        style = draw(st.sampled_from(Style))
        draft.open(has_setup=style is Style.SETUP)
        for feature in draw(st.lists(st.sampled_from(_healthy(Kind.PART, without, style)), max_size=3)):
            if not draft.has_any(feature.unless):
                feature.write(draft)
    steps.init(draft)
    for feature in draw(st.lists(st.sampled_from(_healthy(Kind.STEP, without)), min_size=1, max_size=4)):
        if not draft.has_any(feature.unless):
            feature.write(draft)
    return draft.program()


def _healthy(kind: Kind, without: Collection[str], style: Style = Style.COMPACT) -> list[Feature]:
    features = (feature for name, feature in sorted(FEATURES.items()) if name not in without)
    return [one for one in features if one.kind is kind and style in one.styles and not flax_api.missing(one.needs)]


def _steps(draw: Callable[..., Any], draft: Draft, most: int) -> None:
    simple = [steps.call, steps.mutable_call] if draft.mutable else [steps.call]
    for step in draw(st.lists(st.sampled_from(simple), max_size=most)):
        step(draft)
