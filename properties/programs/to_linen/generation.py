"""Strategies of programs that use a given feature."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from impl import flax_api
from properties.programs.combinations import is_known
from properties.programs.program import Program
from properties.programs.to_linen import (  # noqa: F401  (what they define is in FEATURES)
    api_usage,
    constructors,
    errors,
    hooks,
    interactions,
    layers,
    lifted,
    linen_api,
    linen_contexts,
    metadata,
    module_api,
    module_context,
    nnx_layers,
    nnx_tools,
    partitioning,
    round_trips,
    scopes,
    steps,
    sublayers,
)
from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import FEATURES, NnxFeature, NnxFeatureKind


@st.composite
def programs_with(draw: Callable[..., Any], feature: NnxFeature) -> Program:
    """Programs that use one feature, and little else."""
    builder = NnxProgramBuilder(draw)
    if feature.kind is NnxFeatureKind.PROGRAM:
        feature.write(builder)
        return builder.program()
    by_kind = {NnxFeatureKind.PART: "linear", NnxFeatureKind.CONSTRUCTOR: "to_linen", NnxFeatureKind.STEP: "call"}
    if feature.kind is not NnxFeatureKind.PART:
        by_kind[NnxFeatureKind.PART] = feature.tried_with or draw(st.sampled_from(["param", "linear", "counter"]))
    by_kind[NnxFeatureKind.CONSTRUCTOR if feature.kind is NnxFeatureKind.AROUND else feature.kind] = feature.name
    for name in by_kind.values():
        FEATURES[name].write(builder)
    return builder.program()


@st.composite
def mixed_programs(draw: Callable[..., Any], unhealthy: frozenset[str]) -> Program:
    """Programs with a module of many features except these, in `ToLinen`, and several steps."""
    builder = NnxProgramBuilder(draw)
    written: list[str] = []

    # Excused: Features that the release lacks, or that fail on it, are left out: each has a separate property.
    def mix(kind: NnxFeatureKind, least: int, most: int) -> None:
        healthy = [
            one
            for name, one in sorted(FEATURES.items())
            if one.kind is kind
            and name not in unhealthy
            and not builder.has_any(one.unless)
            and not flax_api.missing(one.needs)
            and not is_known(interactions.COMBINATIONS, unhealthy, written, name)
        ]
        for one in draw(st.lists(st.sampled_from(healthy), min_size=least, max_size=most)):
            one.write(builder)
            written.append(one.name)

    FEATURES["linear"].write(builder)
    mix(NnxFeatureKind.PART, 0, 3)
    mix(NnxFeatureKind.CONSTRUCTOR, 1, 1)
    mix(NnxFeatureKind.STEP, 1, 3)
    return builder.program()
