"""The committed result of the trial, as Markdown."""

from collections.abc import Iterator, Sequence

from meta_tests.thirdparty.alarms import explanation
from meta_tests.thirdparty.trial import FOLDER, PROFILE, RELEASES, Outcome

RESULT = FOLDER / "RESULT.md"
UNEXPLAINED = "no defect of Flax"
_BEGINNING = f"""# Third-party modules under the generic properties

`tox run -e thirdparty` writes this page, with the profile *{PROFILE}*. [`subjects`](subjects) holds the modules,
[`locks`](locks) the environments. An alarm is a property that does not hold; [`alarms.toml`](alarms.toml) says what it
is.
"""


def written(outcomes: Sequence[Outcome]) -> str:
    """The whole page."""
    return "\n".join([_BEGINNING, *(line for release in RELEASES for line in _section(release, outcomes))])


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
    lines = list(_defects(found))
    yield from [*lines, ""] if lines else []


def _defects(outcomes: Sequence[Outcome]) -> Iterator[str]:
    shown: dict[str, set[str]] = {}
    for outcome in outcomes:
        for alarm in outcome.alarms:
            shown.setdefault(explanation(outcome, alarm) or UNEXPLAINED, set()).add(alarm.property)
    for defect, properties in sorted(shown.items()):
        yield f"- {', '.join(sorted(properties))}: {defect}"
