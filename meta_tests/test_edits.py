"""Sabotaged bridges are rejected: each small edit of the bridge's source turns the property red that it names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meta_tests.edits import EDITS, REPAIRS, Edit
from meta_tests.support import settled
from meta_tests.support.environments import NEWEST
from meta_tests.support.runs import Forks, node
from reports.digests.digest import digest_of
from reports.releases import report_of

CHAPTERS = {"generated", "to_linen", "subjects", "histories", "migration", "state"}

_EDITED = Path(__file__).parent / "support" / "edited.py"
Records = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def records(newest: Path, forks: Callable[[str], Forks], tmp_path: Path) -> Records:
    """Runs properties where the bridge's source is that which the edits were written for."""
    if NEWEST not in newest.parts:
        pytest.skip(f"the edits are of the source of {NEWEST}, for which this machine has no Python")
    return lambda properties, *options: forks("newest").records(tmp_path, *map(node, properties), *options)


def _tried(edit: Edit, *properties: str) -> Any:
    """The edit, which is settled as long as it and these properties, or the one that it names, have the same code."""
    release = NEWEST.removeprefix("flax")
    digests = [digest_of(one, release) for one in properties or edit.rejecting]
    code = settled.digest(repr(edit), _EDITED.read_text(), *digests, release)
    return pytest.param(edit, id=edit.name, marks=pytest.mark.settled(code))


def _repaired(repair: Edit) -> Any:
    ran = report_of(NEWEST.removeprefix("flax")).by_id
    return _tried(repair, *(name for name in ran if name.startswith("state.")))


@pytest.mark.parametrize("edit", map(_tried, EDITS))
def test_edit_is_rejected(edit: Edit, records: Records) -> None:
    """Each property named in advance fails on the edited bridge."""
    found = records(edit.rejecting, "-p", "meta_tests.support.edited", "--edit", edit.name)
    assert {name: found[name]["outcome"] for name in edit.rejecting} == dict.fromkeys(edit.rejecting, "failed")


def test_bridge_without_an_edit_is_accepted(records: Records) -> None:
    """Every property that an edit names passes on the bridge as it is, but for one that is known to fail."""
    named = sorted({name for edit in EDITS for name in edit.rejecting})
    ran = report_of(NEWEST.removeprefix("flax")).by_id
    # Flax raises there; with the edit it raises nothing, and the property fails otherwise.
    known = {"generated.program_agrees[same_name_in_two_collections]": "known failure"}
    assert {name: str(ran[name].outcome) for name in named if ran[name].outcome != "passed"} == known
    # The run of the evidence was no run of these tests: here are the first of each chapter, and the one that fails.
    first = {name.partition(".")[0]: name for name in reversed(named)}.values()
    found = records({*first, *known})
    assert {name: record["outcome"] for name, record in found.items() if record["outcome"] != "passed"} == known


@pytest.mark.parametrize("repair", map(_repaired, REPAIRS))
def test_repaired_bridge_passes(repair: Edit, records: Records) -> None:
    """Every property of the chapter passes on the repaired bridge: what fails on the newest release fails for that."""
    options = ("-p", "meta_tests.support.edited", "--edit", repair.name, "-p", "no:conformance-known-failures")
    found = records([], "properties/test_state.py", *options)
    assert {name: record["outcome"] for name, record in found.items() if record["outcome"] != "passed"} == {}


def test_every_edit_names_a_property() -> None:
    """Each property that is to reject an edit is one that ran on the release whose source is edited."""
    ran = report_of(NEWEST.removeprefix("flax")).by_id
    assert [name for edit in EDITS for name in edit.rejecting if name not in ran] == []


def test_each_edit_has_a_name_of_its_own() -> None:
    """By its name, a run finds it."""
    names = [edit.name for edit in (*EDITS, *REPAIRS)]
    assert [name for name in names if names.count(name) > 1] == []


def test_enough_is_edited() -> None:
    """There are at least 32 edits, and every chapter that tests the bridge rejects some."""
    assert len(EDITS) >= 32
    assert {edit.rejected_by.partition(".")[0] for edit in EDITS} >= CHAPTERS
