"""Which package changed a property, told from what it does under the old and the new of each."""

import pytest

from meta_tests.sample_reports import failing, observing, passing
from reports.compare import finding
from reports.model import Property
from reports.upgrade.attribution import Tried, _cause

ID = "affine.zeros"
REGRESSED = finding(passing(ID), failing(ID))
DRIFTED = finding(observing(ID, {"x": 1, "y": 0}), observing(ID, {"x": 2, "y": 0}))
UNKNOWN = "flax 0.11 with jax 0.12 cannot be imported: AttributeError"

LIKE_OLD: dict[str, Property] = {"regressed": passing(ID), "drifted": observing(ID, {"x": 1, "y": 5})}
LIKE_NEW: dict[str, Property] = {"regressed": failing(ID), "drifted": observing(ID, {"x": 2, "y": 0})}

CASES = [
    ("new", "old", "changed by jax:"),
    ("old", "new", "changed by flax:"),
    ("new", "new", "each of the two changes it alone"),
    ("old", "old", "changed by flax and jax together"),
    ("new", None, "changed by jax, and perhaps by flax too"),
    (None, "new", "changed by flax, and perhaps by jax too"),
    ("old", None, "not by jax alone"),
    (None, "old", "not by flax alone"),
    (None, None, "not attributed"),
]


@pytest.mark.parametrize("kind", ["regressed", "drifted"])
@pytest.mark.parametrize(("new_jax", "new_flax", "words"), CASES)
def test_cause_of_every_pair(kind: str, new_jax: str | None, new_flax: str | None, words: str) -> None:
    """Each pair of mixed environments has its sentence, which names what could not be tried."""

    def tried(like: str | None) -> Tried:
        return UNKNOWN if like is None else {ID: {"old": LIKE_OLD, "new": LIKE_NEW}[like][kind]}

    found = {"regressed": REGRESSED, "drifted": DRIFTED}[kind]
    cause = _cause(found, tried(new_jax), tried(new_flax))
    assert words in cause
    assert (UNKNOWN in cause) == (None in (new_jax, new_flax))


def test_third_value_counts_as_changed() -> None:
    """An observation that is neither the old nor the new one was changed by what was exchanged."""
    third: Tried = {ID: observing(ID, {"x": 3, "y": 0})}
    same: Tried = {ID: LIKE_OLD["drifted"]}
    assert _cause(DRIFTED, third, same).startswith("changed by jax:")
