"""What each alarm is: ``alarms.toml`` names the defect of Flax that it shows."""

import re
import tomllib
from collections.abc import Iterable, Iterator

import msgspec

from meta_tests.thirdparty.trial import FOLDER, Alarm, Outcome
from properties.findings import all_findings

ALARMS = FOLDER / "alarms.toml"


class Explanation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One defect of Flax, as third-party modules show it."""

    # The generic properties that show it.
    properties: list[str]
    # A pattern at the beginning of `exception: message`.
    said: str
    # The modules that show it, as `package: module`; null for any.
    modules: list[str] | None = None
    # The name of its finding.
    finding: str | None = None
    # Where there is no finding: the releases that have it, and what a user notices.
    releases: list[str] = []
    notice: str | None = None

    def words(self, release: str) -> str | None:
        """What a user notices of it on this release."""
        if self.finding is None:
            return self.notice if release in self.releases else None
        (found,) = (one for one in all_findings() if one.name == self.finding)
        return found.summary if found.covers(release) else None

    def covers(self, outcome: Outcome, alarm: Alarm) -> bool:
        """Whether this alarm is it."""
        return (
            self.words(outcome.release) is not None
            and alarm.property in self.properties
            and (self.modules is None or f"{outcome.package}: {outcome.module}" in self.modules)
            and re.match(self.said, f"{alarm.exception}: {alarm.message}", re.DOTALL) is not None
        )


def explanation(outcome: Outcome, alarm: Alarm) -> str | None:
    """What a user notices of the defect that this alarm is."""
    return next((one.words(outcome.release) for one in _explanations() if one.covers(outcome, alarm)), None)


def unexplained(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A line for each alarm that is no defect of Flax."""
    for outcome in outcomes:
        for alarm in outcome.alarms:
            if explanation(outcome, alarm) is None:
                where = f"flax {outcome.release}: {alarm.property} of {outcome.module} ({outcome.package})"
                yield f"{where}: {alarm.exception}: {alarm.message.partition(chr(10))[0][:300]}"


def idle(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A line for each entry that explains nothing."""
    alarms = [(outcome, alarm) for outcome in outcomes for alarm in outcome.alarms]
    for one in _explanations():
        if not any(one.covers(*alarm) for alarm in alarms):
            yield f"{ALARMS.name}: no alarm is {one.finding or one.notice}: remove the entry"


def _explanations() -> list[Explanation]:
    return msgspec.convert(tomllib.loads(ALARMS.read_text("utf-8"))["alarm"], list[Explanation])
