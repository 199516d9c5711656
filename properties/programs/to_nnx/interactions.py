"""Pairs of features that fail only together."""

from hypothesis import strategies as st

from properties.programs.combinations import Combination
from properties.programs.to_nnx import steps
from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import FEATURES, LinenFeatureKind, add

COMBINATIONS: dict[str, Combination] = {}


def _combine(name: str, sentence: str, first: set[str], then: set[str], needs: str = "") -> None:
    COMBINATIONS[name] = Combination(frozenset(first), frozenset(then))

    def write(builder: LinenProgramBuilder) -> None:
        before, after = (FEATURES[builder.draw(st.sampled_from(sorted(one)))] for one in (first, then))
        builder.open(has_setup=False)
        FEATURES["param"].write(builder)
        if before.kind is LinenFeatureKind.PART:
            before.write(builder)
        if after.kind is LinenFeatureKind.PART:
            after.write(builder)
        steps.init(builder)
        for one in (before, after):
            if one.kind is LinenFeatureKind.STEP:
                one.write(builder)

    add(name, sentence, LinenFeatureKind.PROGRAM, write, needs=needs)


_NAMED_LAZY_INIT = {f"{kind}_named_as_lazy_init" for kind in ("param", "submodule", "variable")}

_combine(
    "repeated_lazy_init_with_the_name_lazy_init",
    "A second `lazy_init` of a layer with a param, submodule or variable named `lazy_init`.",
    _NAMED_LAZY_INIT,
    {"repeated_lazy_init", "lazy_init_with_method"},
)
_combine(
    "method_after_capture_intermediates",
    "A method called as an attribute of the layer, after a call with `capture_intermediates`.",
    {"capture_intermediates", "capture_intermediates_with_a_filter"},
    {"method_as_attribute"},
    needs=FEATURES["method_as_attribute"].needs,
)
