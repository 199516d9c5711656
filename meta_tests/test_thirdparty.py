"""The committed result of the trial with third-party modules: every module is in it, and no alarm is false."""

import ast
import re
import tomllib

import pytest

from meta_tests.support.figures import generic_properties
from meta_tests.thirdparty.alarms import ALARMS, explanation, idle, unexplained
from meta_tests.thirdparty.result import RESULT, UNEXPLAINED, written
from meta_tests.thirdparty.trial import RELEASES, SUBJECTS, Alarm, Outcome
from reports.releases.rows import rows as rows_of_releases

# | package version | module | passed | not concerned | alarms |
ROW = re.compile(r"^\| (\S+) \S+ \| (\S+) \| (\d+) \| (\d+) \| (.*?) ?\|$", re.MULTILINE)


def modules() -> set[tuple[str, str]]:
    """The package and the name of each module in the files of subjects."""
    return {
        (path.stem.replace("_", "-"), ast.literal_eval(key))
        for path in SUBJECTS
        for statement in ast.parse(path.read_text("utf-8")).body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "SUBJECTS"
        for key in statement.value.keys  # type: ignore[attr-defined]
    }


def rows() -> dict[str, list[tuple[str, ...]]]:
    """The rows of the result's table for each release."""
    sections = re.split(r"^## Flax (\S+)$", RESULT.read_text("utf-8"), flags=re.MULTILINE)
    return {release: ROW.findall(text) for release, text in zip(sections[1::2], sections[2::2], strict=True)}


def test_trial_is_wide() -> None:
    """There are at least 20 modules of 8 packages, on the floor of the main job and on a release after it."""
    assert len(modules()) >= 20
    assert len({package for package, _ in modules()}) >= 8
    newer, floor = RELEASES
    assert floor == rows_of_releases().floor
    assert newer in rows_of_releases().recent[1:]


def test_result_names_every_module_on_every_release() -> None:
    """Each module has one line for each release, whose numbers add up, and no module was refused."""
    assert list(rows()) == RELEASES
    for found in rows().values():
        assert sorted((package, module) for package, module, *_ in found) == sorted(modules())
        for _, module, passed, not_concerned, alarms in found:
            told = [int(passed), int(not_concerned), len(alarms.split(", ")) if alarms else 0]
            assert sum(told) == len(generic_properties()), module
            assert "init" not in alarms.split(", "), module


def test_no_alarm_is_false() -> None:
    """Each alarm is a defect of Flax."""
    assert any(row[-1] for found in rows().values() for row in found)
    assert UNEXPLAINED not in RESULT.read_text("utf-8")


KNOWN = Alarm("filters", "ValueError", "Cannot pop key 'bias' from node of type dict")
OLD, NEW = (Outcome(release, "package", "1.0", "Module", 20, 8, [KNOWN]) for release in reversed(RELEASES))


@pytest.mark.parametrize(
    ("outcome", "alarm"),
    [
        (NEW, KNOWN),
        (OLD, KNOWN._replace(property="update")),
        (OLD, KNOWN._replace(exception="KeyError")),
        (OLD, KNOWN._replace(message="'bias'")),
    ],
    ids=["release", "property", "exception", "message"],
)
def test_alarm_is_known_only_as_it_is_raised(outcome: Outcome, alarm: Alarm) -> None:
    """What is known of another release, property, exception or message explains nothing, and the page says so."""
    known, other = explanation(OLD, KNOWN), outcome._replace(alarms=[alarm])
    assert known is not None
    assert list(unexplained([OLD])) == []
    assert f"- filters: {known}" in written([OLD])
    assert len(list(unexplained([other]))) == 1
    assert f"- {alarm.property}: {UNEXPLAINED}" in written([other])


def test_entry_that_explains_no_alarm_is_named() -> None:
    """An entry whose defect no module shows any more is to be removed."""
    assert "alarms.toml: no alarm is pop_of_variables_in_submodules: remove the entry" in list(idle([]))
    assert "alarms.toml: no alarm is pop_of_variables_in_submodules: remove the entry" not in list(idle([OLD]))


def test_alarms_are_of_properties_that_there_are() -> None:
    """An entry that names a property by an older name would explain nothing, an hour into the trial."""
    named = {name for entry in tomllib.loads(ALARMS.read_text("utf-8"))["alarm"] for name in entry["properties"]}
    assert named <= set(generic_properties())
