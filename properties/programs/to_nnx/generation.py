"""Strategies of programs: with one given feature, or with many."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from impl import flax_api
from properties.programs.combinations import is_known
from properties.programs.program import Program
from properties.programs.to_nnx import (  # noqa: F401  (what they define is in FEATURES)
    axis_metadata,
    closures,
    containers,
    errors,
    graph_tools,
    initialization,
    interactions,
    keys,
    layers,
    lifted,
    lifted_axis_names,
    linen_api,
    linen_contexts,
    linen_lifting,
    model_parts,
    model_tools,
    names,
    older_names,
    partitioning,
    partitioning_axes,
    pytree_values,
    random_keys,
    replaced_variables,
    state,
    state_tools,
    steps,
    streams,
    submodules,
    training,
    transform_arguments,
    user_attributes,
    variable_tools,
)
from properties.programs.to_nnx.builder import SHAPES, LinenProgramBuilder
from properties.programs.to_nnx.features import FEATURES, LinenFeature, LinenFeatureKind, Style


@st.composite
def programs_with(draw: Callable[..., Any], feature: LinenFeature) -> Program:
    """Programs that use one feature, and little else."""
    builder = LinenProgramBuilder(draw)
    if feature.kind is LinenFeatureKind.PROGRAM:
        feature.write(builder)
        return builder.program()
    builder.shape = draw(st.sampled_from(SHAPES))
    builder.open(has_setup=draw(st.sampled_from(feature.styles)) is Style.SETUP)
    before = draw(st.sampled_from([None, "param", "dense"]))
    if feature.kind is LinenFeatureKind.STEP:
        # A step needs state that it can keep.
        FEATURES[before or "param"].write(builder)
        FEATURES[feature.tried_with or draw(st.sampled_from(["param", "counter"]))].write(builder)
        steps.init(builder)
        feature.write(builder)
        _steps(draw, builder, most=1)
        return builder.program()
    if before:
        FEATURES[before].write(builder)
    feature.write(builder)
    steps.init(builder)
    _steps(draw, builder, most=2)
    (steps.mutable_call if builder.mutable else steps.call)(builder)
    return builder.program()


@st.composite
def mixed_programs(draw: Callable[..., Any], unhealthy: frozenset[str]) -> Program:
    """Programs of up to three nested modules, with many features except these, and several steps."""
    builder = LinenProgramBuilder(draw)
    builder.shape = draw(st.sampled_from(SHAPES))
    written: list[str] = []

    # Excused: Features that the release lacks, or that fail on it, are left out: each has a separate property.
    def mix(kind: LinenFeatureKind, style: Style, least: int, most: int) -> None:
        healthy = [
            one
            for name, one in sorted(FEATURES.items())
            if one.kind is kind and style in one.styles and name not in unhealthy and not flax_api.missing(one.needs)
        ]
        for one in draw(st.lists(st.sampled_from(healthy), min_size=least, max_size=most)):
            if not builder.has_any(one.unless) and not is_known(
                interactions.COMBINATIONS, unhealthy, written, one.name
            ):
                one.write(builder)
                written.append(one.name)

    nests = not any(name.endswith("_in_a_submodule") for name in unhealthy)
    for _ in range(draw(st.integers(1, 3)) if nests else 1):
        style = draw(st.sampled_from(Style))
        builder.open(has_setup=style is Style.SETUP)
        mix(LinenFeatureKind.PART, style, 0, 3)
    # Gradients need a parameter.
    FEATURES["param"].write(builder)
    steps.init(builder)
    mix(LinenFeatureKind.STEP, Style.COMPACT, 1, 4)
    return builder.program()


def _steps(draw: Callable[..., Any], builder: LinenProgramBuilder, most: int) -> None:
    simple = [steps.call, steps.mutable_call] if builder.mutable else [steps.call]
    for step in draw(st.lists(st.sampled_from(simple), max_size=most)):
        step(builder)
