"""Features of programs, each with a name and a sentence that reports show."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from properties.programs.to_nnx.builder import LinenProgramBuilder

Write = Callable[[LinenProgramBuilder], None]


class LinenFeatureKind(Enum):
    """Which part of a program a feature is in."""

    PART = auto()  # a module: it writes statements into the one that is being written
    STEP = auto()  # the script: it writes a step, which needs an initialised layer
    PROGRAM = auto()  # the whole program: mixed with nothing


class Style(Enum):
    """Where a module creates its submodules and variables."""

    COMPACT = auto()
    SETUP = auto()


@dataclass(frozen=True)
class LinenFeature:
    """Something that a generated program uses."""

    name: str
    sentence: str
    write: Write
    kind: LinenFeatureKind
    # What it needs of flax, as a dotted name.
    needs: str = ""
    # Parts only: the styles of module that they can be in.
    styles: tuple[Style, ...] = (Style.COMPACT, Style.SETUP)
    # Steps only: the part that they are tried with; by default a simple one.
    tried_with: str = ""
    # The traits of programs that it excludes.
    unless: frozenset[str] = frozenset()

    @property
    def percent(self) -> int:
        """Its part of a property's examples: a whole program has more variants, and nothing around it that varies."""
        return 12 if self.kind is LinenFeatureKind.PROGRAM else 6


FEATURES: dict[str, LinenFeature] = {}


def part(*styles: Style) -> Callable[[Write], Write]:
    """A feature of the module, in any style where none is given."""
    return _named(LinenFeatureKind.PART, **({"styles": styles} if styles else {}))


def step(*unless: str, needs: str = "", tried_with: str = "") -> Callable[[Write], Write]:
    """A feature of the script, which excludes these traits of programs."""
    return _named(LinenFeatureKind.STEP, needs=needs, tried_with=tried_with, unless=frozenset(unless))


def program(needs: str = "") -> Callable[[Write], Write]:
    """A feature that writes the whole program."""
    return _named(LinenFeatureKind.PROGRAM, needs=needs)


def add(name: str, sentence: str, kind: LinenFeatureKind, write: Write, **options: Any) -> None:
    """Add a feature."""
    assert name not in FEATURES, f"two features are named {name}"
    FEATURES[name] = LinenFeature(name, sentence, write, kind, **options)


def _named(kind: LinenFeatureKind, **options: Any) -> Callable[[Write], Write]:
    def register(write: Write) -> Write:
        assert write.__doc__
        add(write.__name__, write.__doc__, kind, write, **options)
        return write

    return register
