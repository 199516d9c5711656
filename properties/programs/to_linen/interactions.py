"""Pairs of features that fail only together."""

from hypothesis import strategies as st

from properties.programs.combinations import Combination
from properties.programs.to_linen import constructors, layers, steps
from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature

COMBINATIONS = {
    "plain_array_under_a_trace": Combination(
        frozenset({"plain_array", "weight_norm"}), frozenset({"eval_shape", "init_under_jit"})
    )
}


@feature(NnxFeatureKind.PROGRAM)
def plain_array_under_a_trace(builder: NnxProgramBuilder) -> None:
    """An array attribute that is not an `nnx.Variable`, with `init` under a trace."""
    layers.linear(builder)
    layers.plain_array(builder)
    constructors.to_linen(builder)
    builder.draw(st.sampled_from([steps.eval_shape, steps.init_under_jit]))(builder)
