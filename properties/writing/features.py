"""Features of programs, each by a name that a user reads in a matrix and a sentence that explains it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from properties.writing.draft import Draft

Write = Callable[[Draft], None]


class Kind(Enum):
    """What a feature is a feature of."""

    PART = auto()  # a module: it writes statements into the one that is being written
    STEP = auto()  # the script: it writes a step, which needs an initialised layer
    PROGRAM = auto()  # the program as a whole: it writes all of it and is mixed with nothing


class Style(Enum):
    """Where a module makes its parts."""

    COMPACT = auto()
    SETUP = auto()


@dataclass(frozen=True)
class Feature:
    """Something that a program can use."""

    name: str
    sentence: str
    write: Write
    kind: Kind
    # What of flax it takes, a dotted name.
    needs: str = ""
    # Parts alone: in which modules they can be written.
    styles: tuple[Style, ...] = (Style.COMPACT, Style.SETUP)
    # Steps alone: the part that they are tried with, without which they do nothing; by default a simple one.
    beside: str = ""
    # What is in programs that it cannot be had in.
    unless: frozenset[str] = frozenset()


FEATURES: dict[str, Feature] = {}


def part(*styles: Style) -> Callable[[Write], Write]:
    """A feature of the module, in any style where none is given."""
    return _named(Kind.PART, **({"styles": styles} if styles else {}))


def step(*unless: str, needs: str = "", beside: str = "") -> Callable[[Write], Write]:
    """A feature of the script, which cannot be had in programs with these traits."""
    return _named(Kind.STEP, needs=needs, beside=beside, unless=frozenset(unless))


def program(needs: str = "") -> Callable[[Write], Write]:
    """A feature of a program as a whole."""
    return _named(Kind.PROGRAM, needs=needs)


def add(name: str, sentence: str, kind: Kind, write: Write, **options: Any) -> None:
    """Add a feature."""
    assert name not in FEATURES, f"two features are named {name}"
    FEATURES[name] = Feature(name, sentence, write, kind, **options)


def _named(kind: Kind, **options: Any) -> Callable[[Write], Write]:
    def register(write: Write) -> Write:
        assert write.__doc__
        add(write.__name__, write.__doc__, kind, write, **options)
        return write

    return register
