"""How far long work is: what is done, of how much, for how long, and how long it may still take."""

import time
from collections.abc import Callable


class Course:
    """One piece of work, from now on."""

    def __init__(self, label: str, now: Callable[[], float] = time.monotonic) -> None:
        self._label = label
        self._now = now
        self._started = now()
        self._told = 0

    def line(self, what: str, done: int, of: int) -> str:
        """``flax==0.12.12: 103 of 1022 properties (jit), 1:20, about 11:54 left``."""
        return f"{self._label}: {done} of {of} properties ({what}), {self.times(done, of)}"

    def times(self, done: int, of: int) -> str:
        """The time that it took, and the time that it takes if it goes on like this."""
        elapsed = self._now() - self._started
        left = f", about {clock(elapsed * (of - done) / done)} left" if 0 < done < of else ""
        return f"{clock(elapsed)}{left}"

    def is_next_tenth(self, done: int, of: int) -> bool:
        """Whether another 10 % is done since this was last so."""
        tenth = 10 * done // of
        is_next = tenth > self._told
        self._told = max(tenth, self._told)
        return is_next


def clock(seconds: float) -> str:
    """``1:20`` or ``1:05:09``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
