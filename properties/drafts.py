"""What drafts of programs have in common, whether Linen or NNX modules stand in them."""

from collections.abc import Callable, Collection
from textwrap import dedent, indent
from typing import Any


class Names:
    """Names of one module, each of which stands for one thing."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def fresh(self, name: str) -> str:
        """This name, or one like it that nothing in the module has yet."""
        number, found = 1, name
        while found in self._taken:
            number += 1
            found = f"{name}{number}"
        self._taken.add(found)
        return found


class Sketch:
    """A program while it is being written: its traits, or the whole of its text."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self.draw = draw
        self._whole = ""
        self._traits: set[str] = set()

    def has(self, *traits: str) -> None:
        """Say what some steps cannot cope with."""
        self._traits.update(traits)

    def has_any(self, traits: Collection[str]) -> bool:
        """Whether something of that is in the program."""
        return not self._traits.isdisjoint(traits)

    def whole(self, *texts: str) -> None:
        """Write the program down whole: these parts of it, an empty line between them."""
        self._whole = "\n\n".join(dedent(text).strip("\n") for text in texts) + "\n"


def taken_twice(bridged: str, plain: str, *after: str, keys: str = "") -> str:
    """The text of a step: what is done through the bridge, then the same in plain Flax, then what is asserted.

    ``keys`` is the context that catches, as ``keys``, the keys that the bridge passes on.
    """
    through = f"with bridged(), {keys} as keys:" if keys else "with bridged():"
    return "\n".join([through, _body(bridged), "with plain():", _body(plain), *(dedent(one).strip() for one in after)])


def _body(text: str) -> str:
    return indent(dedent(text).strip("\n"), "    ")
