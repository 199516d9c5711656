"""How much a property tried, in Hypothesis's own account, and whether that is as much as it was to try."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis.statistics import collector

from properties.programs.refusals import SHOWS_NOTHING

# Events of Hypothesis's own, which show strategies as objects at an address.
_OF_HYPOTHESIS = ("Retried draw from ", "Aborted test because ")
# Why Hypothesis ends a property that tried all that its profile asks for, or all that there is.
_ENDS = re.compile(r"settings\.max_examples=\d+|nothing left to do")


@dataclass(frozen=True)
class Tried:
    """The examples of one property."""

    valid: int = 0
    invalid: int = 0
    # How many examples had each event.
    events: dict[str, int] = field(default_factory=dict)
    # Why it tried less than it was to try, in Hypothesis's words; None where it tried all.
    stopped: str | None = None


_KEY = pytest.StashKey[Tried]()


@contextmanager
def kept_in(item: pytest.Item) -> Iterator[None]:
    """Keep what Hypothesis says of the property that runs meanwhile."""
    listener: Any = collector  # its type says that it holds nothing
    outer = listener.value

    def collect(statistics: Any) -> None:
        item.stash[_KEY] = tried(statistics)
        if outer is not None:
            outer(statistics)

    with listener.with_value(collect):
        yield


def examples_of(item: pytest.Item) -> Tried:
    """What was kept; nothing of what tries no examples."""
    return item.stash.get(_KEY, Tried())


def tried(statistics: Any) -> Tried:
    """Of the generate phase alone: shrinking tries what no strategy would choose."""
    cases = statistics.get("generate-phase", {}).get("test-cases", [])
    events: Counter[str] = Counter()
    for case in cases:
        counted = case["status"] != "invalid"
        events.update(one for one in case["events"] if _is_shown(one, counted))
    invalid = sum(case["status"] in ("invalid", "overrun") for case in cases)
    return Tried(len(cases) - invalid, invalid, dict(sorted(events.items())), _stopped(statistics))


def _stopped(statistics: Any) -> str | None:
    why = str(statistics.get("stopped-because", ""))
    return None if not why or _ENDS.fullmatch(why) else why


def _is_shown(event: str, counted: bool) -> bool:
    """Of an example that is not counted, only why it shows nothing."""
    return not event.startswith(_OF_HYPOTHESIS) if counted else event.startswith(SHOWS_NOTHING)
