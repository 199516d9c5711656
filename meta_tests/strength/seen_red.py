"""Which properties have rejected something: a small edit, an edit, a faulty implementation, or a release of Flax.

A property that is asked of many subjects counts once. Each feature, and each way to make a call, counts for itself.
"""

from collections.abc import Iterable
from pathlib import Path

from meta_tests.edits import EDITS
from meta_tests.strength import results
from meta_tests.support import kept
from meta_tests.support.rejections import FAULTY, rejected_by
from reports import releases
from reports.vocabulary import FAILURES, Outcome

FILE = Path(__file__).with_name("argued.toml")
# The properties whose rows are asked of something else than a subject.
_BY_ROW = ("program_agrees", "_under")


def never() -> set[str]:
    """The properties that run on the newest release and have rejected nothing, by name."""
    ran = releases.report_of(releases.releases()[-1]).properties
    return _units(one.id for one in ran if one.outcome is not Outcome.UNSUPPORTED) - _units(
        [
            *(one.by for one in results.read().values() if one.outcome == results.Outcome.KILLED),
            *(name for edit in EDITS for name in edit.rejecting),
            *map(rejected_by, FAULTY),
            *_changed(),
        ]
    )


def argued(file: Path = FILE) -> dict[str, str]:
    """Why a property is kept that has rejected nothing, by name; BadInput."""
    return kept.reasons(file, "property", "name")


def _changed() -> Iterable[str]:
    """What fails on a release, or records other values on one than on another."""
    for line in releases.history().lines:
        recorded = {repr(state.observations) for state in line.states if state.outcome is Outcome.OBSERVED}
        if len(recorded) > 1 or any(state.outcome in FAILURES for state in line.states):
            yield line.id


def _units(property_ids: Iterable[str]) -> set[str]:
    return {_unit(one) for one in property_ids}


def _unit(property_id: str) -> str:
    name = property_id.partition("[")[0]
    return property_id if name.endswith(_BY_ROW) else name
