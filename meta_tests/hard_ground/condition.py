"""A condition under which the suite is tried, and what is expected of it there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# More are counted.
_MOST_NAMES = 2


@dataclass(frozen=True)
class Same:
    """Every property has the outcome that it has without the condition."""

    @property
    def words(self) -> str:
        """What the table says."""
        return "same outcomes"


@dataclass(frozen=True)
class Differs:
    """Some properties have other outcomes, because Flax behaves differently.

    ``shown_by`` is a program that passes without the condition and raises
    under it. It does not use the bridge, unless the bridge alone differs.
    """

    outcomes: Mapping[str, str]
    why: str
    shown_by: str
    of_the_bridge: bool = False

    @property
    def words(self) -> str:
        """What the table says."""
        names = [f"`{name}`" for name in self.outcomes]
        differing = ", ".join(names) if len(names) <= _MOST_NAMES else f"{len(names)} of the selection"
        return f"{self.why} {'The bridge alone' if self.of_the_bridge else 'Plain Flax too'}. Differs: {differing}"


@dataclass(frozen=True)
class Refused:
    """The run ends with exit code 4, this one line and no report. ``{place}`` is the folder of the place."""

    line: str

    @property
    def words(self) -> str:
        """What the table says."""
        return f"exit code 4: `{self.line.replace('{place}', 'FOLDER')}`"


Expected = Same | Differs | Refused


@dataclass(frozen=True)
class Condition:
    """What is changed about a run: variables (``None`` removes one), options of pytest, the place, the Python.

    In an option, ``{place}`` is the folder of the place.
    """

    name: str
    expected: Expected = field(default_factory=Same)
    variables: Mapping[str, str | None] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    # The name of a function in places.py.
    place: str = "checkout"
    # The version of Python; None for that of the environment that tox makes.
    python: str | None = None
    # Whether it runs without --thorough.
    quick: bool = False
