"""Strategies of programs that surely use a feature."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from properties.programs import Program
from properties.writing_nnx import (  # noqa: F401  (what they define is in FEATURES)
    makings,
    parts,
    steps,
    whole,
)
from properties.writing_nnx.draft import Draft
from properties.writing_nnx.features import FEATURES, Feature, Kind


@st.composite
def programs_with(draw: Callable[..., Any], feature: Feature) -> Program:
    """Programs that surely use the feature, and little else."""
    draft = Draft(draw)
    if feature.kind is Kind.PROGRAM:
        feature.write(draft)
        return draft.program()
    by_kind = {Kind.PART: "linear", Kind.MAKING: "to_linen", Kind.STEP: "call"}
    if feature.kind is not Kind.PART:
        by_kind[Kind.PART] = feature.beside or draw(st.sampled_from(["param", "linear", "counter"]))
    by_kind[feature.kind] = feature.name
    for name in by_kind.values():
        FEATURES[name].write(draft)
    return draft.program()
