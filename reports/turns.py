"""The releases on the way to NEW with which a finding begins, changes or ends."""

from collections.abc import Iterable, Iterator
from itertools import pairwise, takewhile

from properties.findings import Finding, failure_of, finding_of
from reports import releases
from reports.between import Between
from reports.compare import Comparison
from reports.vocabulary import FAILURES, Outcome


def arrival(finding: Finding, shown_by: Iterable[Comparison], between: Between, works: bool) -> tuple[str, ...]:
    """The first release that does as NEW does, as do all after it; where one goes back, the first after those."""
    names = [one.id for one in shown_by]
    missing = [one.id for one in shown_by if not (one.new and one.new.failure)]

    def as_new(release: str) -> bool:
        failing = any(_fails(name, finding, release) for name in names)
        return not failing if works else failing or any(_is_missing(name, release) for name in missing)

    way = between.from_new
    alike = [*takewhile(as_new, way)]
    if not alike:
        return ()
    return tuple(way[len(alike) : len(alike) + 1]) if between.back else (alike[-1],)


def _fails(property_id: str, finding: Finding, release: str) -> bool:
    """Whether a property fails on a release because of a finding."""
    return releases.outcome(property_id, release) in FAILURES and finding_of(property_id, release) is finding


def _is_missing(property_id: str, release: str) -> bool:
    return releases.outcome(property_id, release) not in (Outcome.PASSED, Outcome.OBSERVED, *FAILURES)


def turns(finding: Finding, shown_by: Iterable[Comparison], between: Between) -> Iterator[str]:
    """The releases with which a value changes, or with which something else is raised."""
    names = [one.id for one in shown_by]
    changes = [one.release for one in finding.changes if any(one.shows(name) for name in names)]
    known = releases.releases()
    raised = {release: _exceptions(finding, names, release) for release in known}
    for before, release in pairwise(known):
        if release in between.releases and (release in changes or raised[before] != raised[release]):
            yield release


def _exceptions(finding: Finding, names: Iterable[str], release: str) -> set[str]:
    """What is raised on a release because of the finding."""
    found = (failure_of(name, release) for name in names)
    return {one[1].exception for one in found if one and one[0] is finding}
