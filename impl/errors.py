"""What can be wrong with an implementation, with subjects or with models; importable where jax and flax are not."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class BadImplementation(Exception):
    """What was given as the implementation cannot be used; the message is one line that says why."""


class NoModel(Exception):
    """The implementation offers only a function, so nothing can be said of its model."""


class ParametersNotFound(Exception):
    """The state of a model does not tell its kernel and bias."""


class BadSubjects(Exception):
    """What was given as the subjects cannot be used; the message is one line that says why and what to do."""


class BadModels(Exception):
    """What was given as the models cannot be used; the message is one line that says why and what to do."""


class BrokenModel(Exception):
    """A model raises where it is made or called, which may be the fault of the bridge; the message is one line."""


class CannotCompare(Exception):
    """A comparison raised instead of judging: the suite's fault, which says nothing of Flax."""


class TooSlow(BaseException):
    """Code of the user's did not come to an end in the time that it had; it cannot catch this as an Exception."""


# A machine that is busy takes longer for the same; what sleeps takes no time of the processor.
_BUSY = 10


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raise TooSlow where the block takes more time of the processor, or many times as long by the clock.

    There is no limit outside of a main thread, nor on Windows.
    """
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return
    began, used = time.monotonic(), time.process_time()

    def stop(number: int, frame: object) -> None:
        left = seconds - (time.process_time() - used)
        if left <= 0:
            raise TooSlow(f"it takes longer than {seconds} s of processor time")
        if time.monotonic() - began >= _BUSY * seconds:
            raise TooSlow(f"it does not end within {_BUSY * seconds} s")
        signal.setitimer(signal.ITIMER_REAL, left)

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def in_one_line(error: BaseException) -> str:
    """The exception's name and the first line of what it says."""
    return f"{type(error).__name__}: {error}".splitlines()[0]
