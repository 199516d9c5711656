"""The committed result of the trial, as Markdown."""

from collections.abc import Iterator, Sequence

from meta_tests.thirdparty.explanations import explained
from meta_tests.thirdparty.trial import FOLDER, PROFILE, RELEASES, Outcome

RESULT = FOLDER / "RESULT.md"
_BEGINNING = f"""# Third-party modules under the generic properties

`tox run -e thirdparty` writes this page, with the profile *{PROFILE}*. [`subjects`](subjects) holds the modules,
[`locks`](locks) the environments, and [`alarms.toml`](alarms.toml) what each alarm is.
"""


def written(outcomes: Sequence[Outcome]) -> str:
    """The whole page."""
    return "\n".join([_BEGINNING, *(line for release in RELEASES for line in _section(release, outcomes))])


def _section(release: str, outcomes: Sequence[Outcome]) -> Iterator[str]:
    found = [one for one in outcomes if one.release == release]
    passed, alarms = sum(one.passed for one in found), sum(len(one.alarms) for one in found)
    packages = len({one.package for one in found})
    yield f"## Flax {release}"
    yield ""
    runs = f"{passed + alarms} property runs, {passed} passed, {alarms} alarms"
    yield f"{len(found)} modules of {packages} packages: {runs}."
    yield ""
    yield "| package | module | passed | not concerned | alarms |"
    yield "| --- | --- | ---: | ---: | --- |"
    for one in found:
        named = ", ".join(sorted(alarm.property for alarm in one.alarms))
        yield f"| {one.package} {one.version} | {one.module} | {one.passed} | {one.not_concerned} | {named} |"
    yield ""
    yield from sorted({_explanation(release, one, number) for one in found for number in range(len(one.alarms))})
    if alarms:
        yield ""


def _explanation(release: str, outcome: Outcome, number: int) -> str:
    alarm = outcome.alarms[number]
    explanation = explained(release, alarm)
    return f"- {alarm.property}: {explanation.words(release) if explanation else 'nobody explains it.'}"
