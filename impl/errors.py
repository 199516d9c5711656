"""What can be wrong with an implementation or with subjects; importable where jax and flax are not."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class BadImplementation(Exception):
    """What was given as the implementation cannot be used; the message is one line that says why."""


class NoModel(Exception):
    """The implementation offers only a function, so nothing can be said of its model."""


class ParametersNotFound(Exception):
    """The state of a model does not tell its kernel and bias."""


class BadSubjects(Exception):
    """What was given as the subjects cannot be used; the message is one line that says why and what to do."""


class CannotCompare(Exception):
    """A comparison raised instead of judging: the suite's fault, which says nothing of Flax."""


class TooSlow(BaseException):
    """Code of the user's did not come to an end in the time that it had; it cannot catch this as an Exception."""


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raise TooSlow where the block takes longer; there is no limit outside of a main thread, nor on Windows."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: object) -> NoReturn:
        raise TooSlow(f"it takes longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def in_one_line(error: BaseException) -> str:
    """The exception's name and the first line of what it says."""
    return f"{type(error).__name__}: {error}".splitlines()[0]
