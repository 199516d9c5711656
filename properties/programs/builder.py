"""What the writers of both kinds of programs share."""

from collections.abc import Callable, Collection
from textwrap import dedent, indent
from typing import Any


class Names:
    """Unique names in one module."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def fresh(self, name: str) -> str:
        """This name, or a similar one that is not yet used in the module."""
        number, found = 1, name
        while found in self._taken:
            number += 1
            found = f"{name}{number}"
        self._taken.add(found)
        return found


class ProgramBuilder:
    """A program that is being written: its traits, or its whole text."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self.draw = draw
        self._text = ""
        self._traits: set[str] = set()

    def has(self, *traits: str) -> None:
        """Add traits, which some features exclude."""
        self._traits.update(traits)

    def has_any(self, traits: Collection[str]) -> bool:
        """Whether the program has one of these traits."""
        return not self._traits.isdisjoint(traits)

    def write_program(self, *texts: str) -> None:
        """Write the whole program: these parts with an empty line between them."""
        self._text = "\n\n".join(dedent(text).strip("\n") for text in texts) + "\n"


def taken_twice(bridged: str, plain: str, *after: str, keys: str = "") -> str:
    """The text of a step: the bridged code, the same in plain Flax, and the assertions.

    ``keys`` is the context that captures the keys that the bridge passes on.
    """
    through = f"with bridged(), {keys} as keys:" if keys else "with bridged():"
    return "\n".join([through, _body(bridged), "with plain():", _body(plain), *(dedent(one).strip() for one in after)])


def _body(text: str) -> str:
    return indent(dedent(text).strip("\n"), "    ")
