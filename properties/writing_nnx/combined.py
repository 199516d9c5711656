"""Pairs of features that fail only together."""

from hypothesis import strategies as st

from properties.combinations import Combination
from properties.writing_nnx import makings, parts, steps
from properties.writing_nnx.draft import Draft
from properties.writing_nnx.features import Kind, feature

COMBINATIONS = {
    "plain_array_under_a_trace": Combination(frozenset({"plain_array"}), frozenset({"eval_shape", "init_under_jit"}))
}


@feature(Kind.PROGRAM)
def plain_array_under_a_trace(draft: Draft) -> None:
    """An array attribute that is not an `nnx.Variable`, with `init` under a trace."""
    parts.linear(draft)
    parts.plain_array(draft)
    makings.to_linen(draft)
    draft.draw(st.sampled_from([steps.eval_shape, steps.init_under_jit]))(draft)
