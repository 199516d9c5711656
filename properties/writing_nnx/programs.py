"""Programs that surely use a feature, and programs that mix features."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from properties.programs import Program
from properties.writing_nnx.draft import Draft
from properties.writing_nnx.makings import MAKINGS
from properties.writing_nnx.parts import PARTS
from properties.writing_nnx.steps import STEPS

FEATURES = [*PARTS, *MAKINGS, *STEPS]


@st.composite
def programs(draw: Callable[..., Any], feature: str) -> Program:
    """Programs with this feature, everything else as simple as can be."""
    part = feature if feature in PARTS else "linear"
    if feature in STATEFUL_STEPS:
        part = "counter"
    making = feature if feature in MAKINGS else "to_linen"
    step = feature if feature in STEPS else "call"
    return _written(draw, [part], making, [step])


STATEFUL_STEPS = {"immutable_call", "all_mutable", "nothing_mutable", "two_calls"}


def _written(draw, parts, making, steps) -> Program:
    draft = Draft(draw)
    for part in parts:
        PARTS[part](draft)
    MAKINGS[making](draft)
    for step in steps:
        STEPS[step](draft)
    return draft.program()
