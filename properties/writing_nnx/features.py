"""Features of programs on NNX modules, each by a name that a user reads in a matrix and a sentence that explains it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from properties.writing_nnx.draft import Draft

Write = Callable[[Draft], None]


class Kind(Enum):
    """What a feature is a feature of."""

    PART = auto()  # the NNX module: it writes statements into it
    MAKING = auto()  # how Linen gets the NNX module
    AROUND = auto()  # how Linen gets it where that leaves its mark on all else: mixed with nothing
    STEP = auto()  # what is done with both
    PROGRAM = auto()  # the program as a whole: it writes all of it


@dataclass(frozen=True)
class Feature:
    """Something that a program can use."""

    name: str
    sentence: str
    write: Write
    kind: Kind
    # What of flax it takes, a dotted name.
    needs: str
    # The part that a step or making is tried with; by default one of several simple ones.
    beside: str | None
    # What is in programs that it cannot be had in.
    unless: frozenset[str]


FEATURES: dict[str, Feature] = {}


def feature(kind: Kind, *unless: str, needs: str = "", beside: str | None = None) -> Callable[[Write], Write]:
    """Register what writes a feature, under its own name."""

    def register(write: Write) -> Write:
        assert write.__doc__
        assert write.__name__ not in FEATURES, f"two features are named {write.__name__}"
        FEATURES[write.__name__] = Feature(write.__name__, write.__doc__, write, kind, needs, beside, frozenset(unless))
        return write

    return register
