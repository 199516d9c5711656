"""What each alarm is: a defect of Flax that the suite knows, or one that it does not know yet."""

import re
import tomllib
from collections.abc import Iterable, Iterator

import msgspec

from meta_tests.thirdparty.trial import FOLDER, RELEASES, Alarm, Outcome
from properties.known_failures import known_failure

_FILE = FOLDER / "alarms.toml"


class Explanation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One defect of Flax that fails third-party modules."""

    # The generic properties that show it, and the releases on which they do.
    properties: list[str]
    releases: list[str]
    # A pattern that is found in `exception: message`.
    said: str
    # The property of the suite's own subjects that is known to fail for it; or, for a new defect, what a user notices.
    known: str | None = None
    notice: str | None = None

    def covers(self, release: str, alarm: Alarm) -> bool:
        """Whether this alarm is it."""
        return release in self.releases and alarm.property in self.properties and bool(re.search(self.said, alarm.said))

    def words(self, release: str) -> str:
        """What it is, as the result says it."""
        if self.known is None:
            return f"New: {self.notice}"
        known = known_failure(self.known, release)
        if known is None:
            raise LookupError(f"{_FILE.name}: {self.known} is not known to fail on {release}")
        return f"Known as `{self.known}`: {known.notice}"


def explanations() -> list[Explanation]:
    """Every entry, in the order of the file."""
    return msgspec.convert(tomllib.loads(_FILE.read_text("utf-8")).get("alarm", []), list[Explanation])


def explained(release: str, alarm: Alarm) -> Explanation | None:
    """What this alarm is."""
    return next((one for one in explanations() if one.covers(release, alarm)), None)


def unexplained(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A line for each alarm that is in no entry."""
    for outcome in outcomes:
        for alarm in outcome.alarms:
            if explained(outcome.release, alarm) is None:
                yield f"flax {outcome.release}, {outcome.name}: {alarm.property}: {alarm.said}"


def unused(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A line for each entry and release on which it explains nothing."""
    found = list(outcomes)
    alarms = {
        release: [alarm for one in found if one.release == release for alarm in one.alarms] for release in RELEASES
    }
    for one in explanations():
        for release in one.releases:
            if not any(one.covers(release, alarm) for alarm in alarms.get(release, [])):
                yield f"{_FILE.name}: {one.properties} explain no alarm on {release}; remove it"
