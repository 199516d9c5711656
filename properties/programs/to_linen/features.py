"""Features of programs on NNX modules, each with a name and a sentence that reports show."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from properties.programs.to_linen.builder import NnxProgramBuilder

Write = Callable[[NnxProgramBuilder], None]


class NnxFeatureKind(Enum):
    """Which part of a program a feature is in."""

    PART = auto()  # the NNX module: it writes statements into it
    CONSTRUCTOR = auto()  # how `ToLinen` is constructed
    AROUND = auto()  # the same, but incompatible with every other feature
    STEP = auto()  # an operation on both modules
    PROGRAM = auto()  # the whole program


@dataclass(frozen=True)
class NnxFeature:
    """Something that a generated program uses."""

    name: str
    sentence: str
    write: Write
    kind: NnxFeatureKind
    # What it needs of flax, as a dotted name.
    needs: str
    # The part that a step or constructor is tried with; by default a simple one.
    tried_with: str | None
    # The traits of programs that it excludes.
    unless: frozenset[str]
    # Its part of a property's examples: most features have fewer variants.
    percent: int = 12


FEATURES: dict[str, NnxFeature] = {}


def feature(
    kind: NnxFeatureKind, *unless: str, needs: str = "", tried_with: str | None = None
) -> Callable[[Write], Write]:
    """Register what writes a feature, under its own name."""

    def register(write: Write) -> Write:
        assert write.__doc__
        assert write.__name__ not in FEATURES, f"two features are named {write.__name__}"
        FEATURES[write.__name__] = NnxFeature(
            write.__name__, write.__doc__, write, kind, needs, tried_with, frozenset(unless)
        )
        return write

    return register
