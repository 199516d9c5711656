"""Pairs of features that fail only together."""

from hypothesis import strategies as st

from properties.programs.combinations import Combination
from properties.programs.to_linen import constructors, layers, steps
from properties.programs.to_linen.builder import Draft
from properties.programs.to_linen.features import Kind, feature

COMBINATIONS = {
    "plain_array_under_a_trace": Combination(frozenset({"plain_array"}), frozenset({"eval_shape", "init_under_jit"}))
}


@feature(Kind.PROGRAM)
def plain_array_under_a_trace(draft: Draft) -> None:
    """An array attribute that is not an `nnx.Variable`, with `init` under a trace."""
    layers.linear(draft)
    layers.plain_array(draft)
    constructors.to_linen(draft)
    draft.draw(st.sampled_from([steps.eval_shape, steps.init_under_jit]))(draft)
