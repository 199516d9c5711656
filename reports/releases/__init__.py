"""The committed evidence: what each property did on each Flax release, in ``history.jsonl``.

The first line is the list of runs, one for each release. Each further line is
a property with its states: what became of it, and on which releases. A state
holds what a comparison needs. Examples and reproducers are left out: a finding
has its witness, and a report of a run has all of it.
"""

from collections.abc import Callable, Iterable
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import msgspec
from msgspec import field
from packaging.version import Version

from properties.findings import finding_of, version
from reports.atomic_write import write_whole
from reports.errors import BadInput
from reports.model import (
    OWN_SUBJECTS,
    REFERENCE_IMPLEMENTATION,
    Count,
    Environment,
    Examples,
    Failure,
    Property,
    Record,
    Report,
    Shards,
    Suite,
    Text,
    Time,
)
from reports.vocabulary import Outcome

FILE = Path(__file__).with_name("history.jsonl")


class ReleaseRun(Record, frozen=True):
    """A whole run of the suite on one release."""

    environment: Environment
    suite: Suite
    started: Time
    ended: Time

    @property
    def release(self) -> str:
        """The release of Flax."""
        return self.environment.flax


class PropertyState(Record, frozen=True, omit_defaults=True):
    """One way in which a property behaves, and the releases on which it does."""

    on: list[str]
    outcome: Outcome
    # Of what was tried and how it was judged.
    digest: Text = ""
    examples: tuple[Count, Count] = (0, 0)
    events: dict[str, Count] = field(default_factory=dict)
    # Null for a known failure, of which its finding says it.
    reason: Text | None = None
    observations: dict[str, Any] = field(default_factory=dict)
    exception: Text | None = None
    message: Text | None = None


class PropertyLine(Record, frozen=True, omit_defaults=True):
    """One property on every release that ran it."""

    id: str
    statement: Text
    nodeid: Text
    states: list[PropertyState]
    feature: Text | None = None
    advice: Text | None = None


class ReleaseHistory(msgspec.Struct, frozen=True, dict=True):
    """All of the file."""

    runs: list[ReleaseRun]
    lines: list[PropertyLine]

    @cached_property
    def outcomes(self) -> dict[str, dict[str, Outcome]]:
        """By property what became of it on each release that ran it."""
        return {
            line.id: {release: state.outcome for state in line.states for release in state.on} for line in self.lines
        }

    def report(self, release: str) -> Report:
        """What ran on this release, as a report; BadInput where there is no such release."""
        run = next((run for run in self.runs if run.release == release), None)
        if run is None:
            raise BadInput(f"no evidence of flax {release}; nearest: {', '.join(self._nearest(release)) or 'none'}")
        found = [(line, state) for line in self.lines for state in line.states if release in state.on]
        digests = {line.id: state.digest for line, state in found}
        properties = [_property(line, state, release) for line, state in found]
        return Report(
            schema=5,
            environment=run.environment,
            suite=msgspec.structs.replace(run.suite, digest=digests),
            implementation=REFERENCE_IMPLEMENTATION,
            subjects=OWN_SUBJECTS,
            started=run.started,
            ended=run.ended,
            complete=True,
            collected=len(properties),
            shards=Shards(1, [1]),
            properties=properties,
        )

    def _nearest(self, release: str) -> list[str]:
        """The releases with evidence before and after this one."""
        known = [run.release for run in self.runs]
        older = [one for one in known if version(one) < version(release)]
        return [*older[-1:], *known[len(older) : len(older) + 1]]


def releases() -> list[str]:
    """The releases of Flax that there is evidence of, the oldest first."""
    return [run.release for run in history().runs]


def between(old: str, new: str) -> list[str]:
    """The releases with evidence after the older of two up to the younger, the oldest first."""
    low, high = sorted((version(old), version(new)))
    return [release for release in releases() if low < version(release) <= high]


def outcome(property_id: str, release: str) -> Outcome | None:
    """What became of a property on a release; None where it was not run."""
    return history().outcomes.get(property_id, {}).get(release)


def report_of(release: str) -> Report:
    """What ran on a release."""
    return history().report(release)


@cache
def history() -> ReleaseHistory:
    """The committed history; an empty one where there is none yet."""
    return parsed(FILE.read_text(encoding="utf-8")) if FILE.exists() else ReleaseHistory([], [])


def parsed(text: str) -> ReleaseHistory:
    """The history that is written so; BadInput where it is damaged."""
    try:
        head, *lines = text.splitlines()
        runs = msgspec.json.decode(head, type=list[ReleaseRun])
        return _spelled_out(ReleaseHistory(runs, [msgspec.json.decode(line, type=PropertyLine) for line in lines]))
    except (ValueError, msgspec.DecodeError) as error:
        raise BadInput(f"{FILE}: damaged ({error}); take it from version control again") from error


def written(found: ReleaseHistory) -> str:
    """A line for all runs, and a line for each property in the order of the ids."""
    found = _shortened(found)
    lines = sorted(found.lines, key=lambda line: line.id)
    return "".join(msgspec.json.encode(one).decode() + "\n" for one in (found.runs, *lines))


def of_reports(reports: Iterable[Report]) -> ReleaseHistory:
    """The history that these reports of different releases give."""
    ordered = sorted(reports, key=lambda report: Version(report.environment.flax))
    # The newest release has the last word on what a property says.
    newest = {found.id: found for report in ordered for found in report.properties}
    states: dict[str, dict[bytes, PropertyState]] = {name: {} for name in newest}
    for report in ordered:
        for found in report.properties:
            state = _state(found, report.suite.digest.get(found.id, ""))
            states[found.id].setdefault(msgspec.json.encode(state), state).on.append(report.environment.flax)
    lines = [_line(found, list(states[name].values())) for name, found in newest.items()]
    return ReleaseHistory([_run(report) for report in ordered], lines)


def write(found: ReleaseHistory) -> Path:
    """Replace the committed history."""
    write_whole(FILE, written(found))
    history.cache_clear()
    return FILE


# Of neighbouring releases the file names the first and the last: most properties behave alike on all.
_TO = " to "


def _shortened(found: ReleaseHistory) -> ReleaseHistory:
    place = {run.release: number for number, run in enumerate(found.runs)}

    def shortened(releases: list[str]) -> list[str]:
        spans: list[tuple[str, str]] = []
        for release in releases:
            if spans and place[release] == place[spans[-1][1]] + 1:
                spans[-1] = (spans[-1][0], release)
            else:
                spans.append((release, release))
        return [first if first == last else first + _TO + last for first, last in spans]

    return _with_releases(found, shortened)


def _spelled_out(found: ReleaseHistory) -> ReleaseHistory:
    known = [run.release for run in found.runs]

    def spelled_out(spans: list[str]) -> list[str]:
        ends = [(first, last or first) for first, _, last in (span.partition(_TO) for span in spans)]
        return [release for first, last in ends for release in known[known.index(first) : known.index(last) + 1]]

    return _with_releases(found, spelled_out)


def _with_releases(found: ReleaseHistory, change: Callable[[list[str]], list[str]]) -> ReleaseHistory:
    """The history with the releases of each state written otherwise."""
    replace = msgspec.structs.replace
    return ReleaseHistory(
        found.runs,
        [replace(line, states=[replace(state, on=change(state.on)) for state in line.states]) for line in found.lines],
    )


def _run(report: Report) -> ReleaseRun:
    environment = msgspec.structs.replace(report.environment, platform=report.environment.platform.split("-")[0])
    suite = msgspec.structs.replace(report.suite, digest={}, state="")
    return ReleaseRun(environment, suite, report.started[:10], (report.ended or report.started)[:10])


def _line(newest: Property, states: list[PropertyState]) -> PropertyLine:
    return PropertyLine(newest.id, newest.statement, newest.nodeid, states, newest.feature, newest.advice)


def _state(found: Property, digest: str) -> PropertyState:
    failure = found.failure
    return PropertyState(
        [],
        found.outcome,
        digest,
        (found.examples.valid, found.examples.invalid),
        found.events,
        None if found.outcome is Outcome.KNOWN_FAILURE else found.reason,
        found.observations,
        failure.exception if failure else None,
        failure.message if failure else None,
    )


def _property(line: PropertyLine, state: PropertyState, release: str) -> Property:
    failure, finding = None, finding_of(line.id, release) if state.outcome is Outcome.KNOWN_FAILURE else None
    if state.exception is not None:
        failure = Failure(state.exception, state.message or "", None, f"python -m pytest '{line.nodeid}'", None)
    return Property(
        id=line.id,
        chapter=line.id.partition(".")[0],
        statement=line.statement,
        feature=line.feature,
        advice=line.advice,
        nodeid=line.nodeid,
        outcome=state.outcome,
        reason=finding.summary if finding else state.reason,
        seconds=None,
        examples=Examples(*state.examples),
        events=state.events,
        observations=state.observations,
        failure=failure,
    )
