"""The committed result of the trial, as Markdown; what an alarm is, the known failures say."""

import re
from collections.abc import Iterator, Sequence

from meta_tests.thirdparty.trial import FOLDER, PROFILE, RELEASES, Alarm, Outcome
from properties.known_failures import KnownFailure, all_known

RESULT = FOLDER / "RESULT.md"
UNEXPLAINED = "no known failure of Flax"
_BEGINNING = f"""# Third-party modules under the generic properties

`tox run -e thirdparty` writes this page, with the profile *{PROFILE}*. [`subjects`](subjects) holds the modules,
[`locks`](locks) the environments. An alarm is a property that does not hold.
"""


def written(outcomes: Sequence[Outcome]) -> str:
    """The whole page."""
    return "\n".join([_BEGINNING, *(line for release in RELEASES for line in _section(release, outcomes))])


def unexplained(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """A line for each alarm that is no known failure of Flax."""
    for outcome in outcomes:
        for alarm in outcome.alarms:
            if explanation(outcome.release, alarm) is None:
                said = f"{alarm.exception}: {alarm.message}"
                yield f"flax {outcome.release}: {alarm.property} of {outcome.module} ({outcome.package}): {said}"


def explanation(release: str, alarm: Alarm) -> KnownFailure | None:
    """The known failure of that property, with a subject of the suite, that is raised in the same way."""
    for known in all_known():
        shown = any(name.startswith(f"subjects.{alarm.property}[") for name in known.properties)
        if shown and known.covers(release) and _raised(known, alarm):
            return known
    return None


def _raised(known: KnownFailure, alarm: Alarm) -> bool:
    return known.exception == alarm.exception and bool(re.search(known.message, alarm.message))


def _section(release: str, outcomes: Sequence[Outcome]) -> Iterator[str]:
    found = [one for one in outcomes if one.release == release]
    passed, alarms = sum(one.passed for one in found), sum(len(one.alarms) for one in found)
    packages = len({one.package for one in found})
    runs = f"{passed + alarms} property runs, {passed} passed, {alarms} alarms"
    yield f"## Flax {release}"
    yield ""
    yield f"{len(found)} modules of {packages} packages: {runs}."
    yield ""
    yield "| package | module | passed | not concerned | alarms |"
    yield "| --- | --- | ---: | ---: | --- |"
    for one in found:
        named = ", ".join(sorted(alarm.property for alarm in one.alarms))
        yield f"| {one.package} {one.version} | {one.module} | {one.passed} | {one.not_concerned} | {named} |"
    yield ""
    if alarms:
        yield from sorted({_line(release, alarm) for one in found for alarm in one.alarms})
        yield ""


def _line(release: str, alarm: Alarm) -> str:
    known = explanation(release, alarm)
    return f"- {alarm.property}: {known.notice if known else UNEXPLAINED}"
