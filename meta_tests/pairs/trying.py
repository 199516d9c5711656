"""Writes a program for each pair of features that pass alone, and runs it."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from impl import flax_api
from properties.findings import failing_parameters
from properties.programs.combinations import is_known
from properties.programs.program import NothingCompared, Program
from properties.programs.refusals import Refused
from properties.programs.to_linen import features as to_linen
from properties.programs.to_linen import generation as _to_linen  # noqa: F401  (registers the features)
from properties.programs.to_linen import interactions as combinations_in_linen
from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_nnx import features as to_nnx
from properties.programs.to_nnx import generation as _to_nnx  # noqa: F401
from properties.programs.to_nnx import interactions as combinations_in_nnx
from properties.programs.to_nnx import steps
from properties.programs.to_nnx.builder import SHAPES, LinenProgramBuilder
from properties.support.memory import drop_programs

Draw = Callable[..., Any]
Pair = tuple[Any, Any]

# Programs after which what JAX has compiled is dropped: each takes some of the memory maps that Linux allows.
_PROGRAMS = 1000


class Excluded(Exception):
    """The pair is of features that exclude each other, or of a combination that is known to fail."""


def with_to_nnx(draw: Draw, unhealthy: frozenset[str], pair: Pair) -> Program:
    """A Linen module in ``ToNNX``, with both features."""
    builder, written = LinenProgramBuilder(draw), list[str]()
    builder.shape = draw(st.sampled_from(SHAPES))

    def write(kind: to_nnx.LinenFeatureKind) -> int:
        chosen: list[to_nnx.LinenFeature] = [one for one in pair if one.kind is kind]
        for one in chosen:
            _write(one, builder, written, is_known(combinations_in_nnx.COMBINATIONS, unhealthy, written, one.name))
        return len(chosen)

    styles = [style for style in to_nnx.Style if all(style in one.styles for one in pair if one.kind.name == "PART")]
    if not styles:
        raise Excluded
    builder.open(has_setup=draw(st.sampled_from(styles)) is to_nnx.Style.SETUP)
    write(to_nnx.LinenFeatureKind.PART)
    to_nnx.FEATURES["param"].write(builder)
    steps.init(builder)
    if not write(to_nnx.LinenFeatureKind.STEP):
        (steps.mutable_call if builder.mutable else steps.call)(builder)
    return builder.program()


def with_to_linen(draw: Draw, unhealthy: frozenset[str], pair: Pair) -> Program:
    """An NNX module in ``ToLinen``, with both features."""
    builder, written = NnxProgramBuilder(draw), list[str]()
    to_linen.FEATURES["linear"].write(builder)
    usual: dict[str, list[str]] = {"PART": [], "CONSTRUCTOR": ["to_linen"], "STEP": ["call"]}
    for kind, names in usual.items():
        chosen = [one for one in pair if one.kind.name == kind] or [to_linen.FEATURES[name] for name in names]
        for one in chosen:
            known = is_known(combinations_in_linen.COMBINATIONS, unhealthy, written, one.name)
            _write(one, builder, written, known)
    return builder.program()


def _write(feature: Any, builder: Any, written: list[str], is_known_to_fail: bool) -> None:
    if builder.has_any(feature.unless) or is_known_to_fail:
        raise Excluded
    feature.write(builder)
    written.append(feature.name)


class Way(NamedTuple):
    """Kinds of features that are paired."""

    chapter: str
    features: Any
    write: Callable[..., Program]
    kinds: list[tuple[str, str]]


WAYS = {
    "part+step": Way("generated", to_nnx.FEATURES, with_to_nnx, [("PART", "STEP")]),
    "part+part": Way("generated", to_nnx.FEATURES, with_to_nnx, [("PART", "PART")]),
    "step+step": Way("generated", to_nnx.FEATURES, with_to_nnx, [("STEP", "STEP")]),
    "in_to_linen": Way(
        "to_linen",
        to_linen.FEATURES,
        with_to_linen,
        [*product(("PART",), ("PART", "CONSTRUCTOR", "STEP")), *product(("CONSTRUCTOR", "STEP"), ("STEP",))],
    ),
}


def ways_of(name: str) -> list[tuple[Way, str]]:
    """A way, with all its pairs, or each way that pairs this feature with others; none for another name."""
    if name in WAYS:
        return [(WAYS[name], "")]
    return [(way, name) for way in WAYS.values() if name in way.features]


def programs(way: Way, feature: str = "") -> Iterator[tuple[Pair, Program | None]]:
    """Each pair, with this feature if one is named, and its program; None where its features exclude each other."""
    unhealthy = failing_parameters(f"{way.chapter}.program_agrees", way.features)
    healthy = [
        one for name, one in sorted(way.features.items()) if name not in unhealthy and not flax_api.missing(one.needs)
    ]
    for number, pair in enumerate(product(healthy, healthy)):
        named = not feature or feature in {one.name for one in pair}
        if named and (pair[0].kind.name, pair[1].kind.name) in way.kinds:
            yield pair, _drawn(partial(way.write, unhealthy=unhealthy, pair=pair), number)


def _drawn(write: Callable[[Draw], Program], number: int) -> Program | None:
    found: list[Program | None] = []

    # The first example of a search is the simplest one.
    @seed(number)
    @settings(
        max_examples=3, phases=[Phase.generate], database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(data=st.data())
    def search(data: st.DataObject) -> None:
        try:
            found.append(write(data.draw))
        except Excluded:
            found.append(None)

    search()
    return found[-1]


class Tried(NamedTuple):
    """How many pairs were tried; in how many plain Flax refused what the bridge refused, or nothing was compared.

    How many features exclude each other; and of each pair that failed both names, the exception and the program.
    """

    tried: int
    refused: int
    excluded: int
    failed: list[tuple[str, str, str, str]]


def tried(way: Way, feature: str = "") -> Tried:
    """Run all programs of one way."""
    number = refused = excluded = 0
    failed = []
    for (first, second), program in programs(way, feature):
        if program is None:
            excluded += 1
            continue
        number += 1
        if number % _PROGRAMS == 0:
            drop_programs()
        try:
            program.run()
        # Excused: Nothing is compared, so nothing is judged: such pairs are counted.
        except (Refused, NothingCompared):
            refused += 1
        # Excused: Whatever is raised is the answer, and who asked for it shows it.
        except Exception as error:
            failed.append((first.name, second.name, f"{type(error).__name__}: {error}", program.source))
    return Tried(number, refused, excluded, failed)
