"""The causes of what changed: each is that of a change which the committed evidence shows."""

from urllib.parse import urlsplit

import pytest

from reports.markdown import prose
from reports.matrix.causes import Cause, all_causes, causes_of
from reports.matrix.changes import Change, changes, markdown
from reports.releases import releases, report_of


@pytest.fixture(scope="module")
def found() -> list[Change]:
    return changes(map(report_of, releases()))


@pytest.mark.parametrize("cause", all_causes(), ids=lambda cause: f"{cause.release} {cause.properties[0]}")
def test_every_property_of_a_cause_changed_with_its_release(cause: Cause, found: list[Change]) -> None:
    """Nothing is named in vain: neither a release, nor a property, nor a place to read of it."""
    of_release = {name for change in found if change.release == cause.release for name in change.properties}
    changed = of_release | {name.partition("[")[0] for name in of_release}
    assert set(cause.properties) <= changed
    assert urlsplit(cause.link).scheme == "https"
    assert cause.what.endswith(".")


def test_every_change_has_a_cause(found: list[Change]) -> None:
    """Of everything that changed from release to release it is known which change of Flax or JAX did it."""
    assert [(change.release, change.properties) for change in found if not change.causes] == []


def test_parameters_share_the_cause_of_their_property() -> None:
    """A cause that names a property without parameters is that of each of them, and of no other release."""
    cause = next(one for one in all_causes() if "subjects.filters" in one.properties)
    assert cause in causes_of(cause.release, "subjects.filters[MLP]")
    assert cause not in causes_of("0.12.12", "subjects.filters[MLP]")


def test_list_links_to_the_source(found: list[Change]) -> None:
    """Every cause is said at its release, with a link that GitHub shows as one."""
    text = markdown(map(report_of, releases()))
    for cause in {cause for change in found for cause in change.causes}:
        section = text.partition(f"## {cause.release}\n")[2].partition("\n## ")[0]
        assert f". {prose(cause.what)} ([source]({cause.link}))\n" in section
