"""Which package changed a property, told from what it does under the old and the new of each."""

import msgspec
import pytest

from meta_tests.support.sample_reports import failing, observing, passing, report
from reports.compare import compare, comparison
from reports.gate import attribution
from reports.gate.attribution import Tried, _cause
from reports.gate.running import Options
from reports.model import Property

ID = "affine.zeros"
REGRESSED = comparison(passing(ID), failing(ID))
DRIFTED = comparison(observing(ID, {"x": 1, "y": 0}), observing(ID, {"x": 2, "y": 0}))
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


def test_a_report_does_not_say_which_file_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is run is looked up by the property's id: the node id of a report is a stranger's."""
    asked: list[str] = []

    def tried(flax: str, jax: str, nodeids: list[str], *_: object) -> Tried:
        asked.extend(nodeids)
        return UNKNOWN

    monkeypatch.setattr(attribution, "_tried", tried)
    name = "affine.zero_input_gives_the_bias"
    old, new = (
        report(release, one, environment=msgspec.structs.replace(report("").environment, packages=packages))
        for release, one, packages in (
            ("0.1.0", passing(name), {"flax": "0.1.0", "jax": "0.1.0"}),
            ("0.2.0", failing(name, nodeid="../../x.py::test_y"), {"flax": "0.2.0", "jax": "0.2.0"}),
        )
    )
    attribution.attributed(compare(old, new), old, new, Options(), None)
    assert set(asked) == {"properties/test_affine.py::test_zero_input_gives_the_bias"}
