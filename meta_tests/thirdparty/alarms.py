"""What each alarm is: ``alarms.toml`` names the known failure that it shows."""

import re
import tomllib
from collections.abc import Iterable, Iterator

import msgspec

from meta_tests.thirdparty.trial import FOLDER, Alarm, Outcome
from properties.known_failures import KnownFailure, known_failure

_FILE = FOLDER / "alarms.toml"


class Explanation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One defect of Flax, as third-party modules show it."""

    # The property that is known to fail of it.
    known: str
    # The generic properties that show it.
    properties: list[str]
    # A pattern at the beginning of `exception: message`.
    said: str
    # The modules that show it, as `package: module`; null for any.
    modules: list[str] | None = None

    def covers(self, outcome: Outcome, alarm: Alarm) -> bool:
        """Whether this alarm is it."""
        return (
            known_failure(self.known, outcome.release) is not None
            and alarm.property in self.properties
            and (self.modules is None or f"{outcome.package}: {outcome.module}" in self.modules)
            and re.match(self.said, f"{alarm.exception}: {alarm.message}", re.DOTALL) is not None
        )


def explanation(outcome: Outcome, alarm: Alarm) -> KnownFailure | None:
    """What this alarm of an outcome is."""
    found = (known_failure(one.known, outcome.release) for one in _explanations() if one.covers(outcome, alarm))
    return next(found, None)


def unexplained(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A line for each alarm that is no known failure of Flax."""
    for outcome in outcomes:
        for alarm in outcome.alarms:
            if explanation(outcome, alarm) is None:
                where = f"flax {outcome.release}: {alarm.property} of {outcome.module} ({outcome.package})"
                yield f"{where}: {alarm.exception}: {alarm.message}"


def idle(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A line for each entry that explains nothing."""
    alarms = [(outcome, alarm) for outcome in outcomes for alarm in outcome.alarms]
    for one in _explanations():
        if not any(one.covers(*alarm) for alarm in alarms):
            yield f"{_FILE.name}: no alarm is {one.known}: remove the entry"


def _explanations() -> list[Explanation]:
    return msgspec.convert(tomllib.loads(_FILE.read_text("utf-8"))["alarm"], list[Explanation])
