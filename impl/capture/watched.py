"""The contexts in which watched methods run: none of them raises, or changes what a method returns or raises."""

import functools
from collections.abc import Callable
from types import TracebackType
from typing import Any

from .facts import Facts


class Unwatched:
    """The context of a call of which nothing is noted."""

    result: Any = None

    def __enter__(self) -> "Unwatched":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Nothing."""

    @property
    def returned(self) -> Any:
        """The result, which is then no longer held."""
        return self.__dict__.pop("result")


class Watched(Unwatched):
    """A call that is noted: `begin` before it, `end` after it, `leave` in any case."""

    def __init__(self, noted: Facts) -> None:
        self._facts = noted

    def begin(self) -> None:
        """Before the call."""

    def end(self) -> None:
        """After a call that returned ``result``."""

    def leave(self) -> None:
        """After any call."""

    def __enter__(self) -> "Watched":
        self._safely(self.begin)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is None:
            self._safely(self.end)
        self._safely(self.leave)

    def _safely(self, step: Any) -> None:
        try:
            step()
        except Exception as error:  # a fault of the recorder must not become one of the program
            said = f"{type(error).__name__}: {error}"
            self._facts.tell("problem", what="a call", why=f"it cannot be recorded ({said})", remedy="please report it")


def around(cls: type, name: str, watch: Callable[..., Any]) -> None:
    """Have ``watch`` make the context in which a method runs, from its arguments; the context gets the result."""
    original = vars(cls)[name]

    @functools.wraps(original, updated=())
    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        with watch(self, args, kwargs) as seen:
            bound = original.__get__(self, type(self)) if hasattr(original, "__get__") else original
            seen.result = bound(*args, **kwargs)
        return seen.returned

    setattr(cls, name, watched)
