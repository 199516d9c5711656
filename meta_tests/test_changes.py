"""The table of what changed: each change once, at its release, with what to do about it."""

import msgspec

from meta_tests.sample_reports import failing, observing, passing, report
from reports.matrix.causes import causes_between
from reports.matrix.changes import Change, changes, markdown
from reports.model import Property


def between(old: Property | None, new: Property | None) -> list[Change]:
    """What changed from 0.1.0 to 0.2.0, whose reports are given in the wrong order."""
    sides = [report(release, *filter(None, [one])) for release, one in (("0.2.0", new), ("0.1.0", old))]
    return changes(sides)


def known(property_id: str, notice: str) -> Property:
    return failing(property_id, outcome="known failure", reason=notice)


def test_what_does_not_change_is_not_listed() -> None:
    """Neither what holds nor what keeps on failing."""
    assert not between(passing("jit.a"), passing("jit.a"))
    assert not between(known("jit.a", "Wait."), known("jit.a", "Wait."))


def test_change_says_what_to_do() -> None:
    """A known failure gives its notice, where it begins and where it ends; a drift gives its advice."""
    (broken,) = between(passing("jit.a"), known("jit.a", "Wait. https://github.com/google/flax/pull/1"))
    assert (broken.release, broken.what, broken.advice) == ("0.2.0", "regressed", "Wait.")
    (mended,) = between(known("jit.a", "Wait."), passing("jit.a"))
    assert (mended.what, mended.advice) == ("fixed", "On 0.1.0: Wait.")
    (drifted,) = between(observing("jit.a", {"x": 1}), observing("jit.a", {"x": 2}))
    assert (drifted.what, drifted.advice) == ("drifted", "Restore a checkpoint instead of drawing the weights anew.")
    (supported,) = between(passing("jit.a", outcome="unsupported", reason="no a"), passing("jit.a"))
    assert (supported.what, supported.advice) == ("new", "")


def test_one_defect_is_listed_once() -> None:
    """Properties that give one notice are one change; of many only the first few are named."""
    names = [f"jit.a[{number}]" for number in range(5)]
    old = report("0.1.0", *map(passing, names))
    new = report("0.2.0", *(known(name, "Wait.") for name in names))
    (change,) = changes([old, new])
    assert change.properties == tuple(names)
    assert "`jit.a[2]` and 2 more)" in markdown([old, new])


def test_programs_are_told_by_their_features() -> None:
    """Of programs a change says which features it is of, once each, and of many only the first few."""
    features = ["A box.", "A box.", "A call.", "A name.", "A key."]
    old = [passing(f"generated.a[{number}]", feature=feature) for number, feature in enumerate(features)]
    new = [known(one.id, "Wait.") for one in old]
    new = [msgspec.structs.replace(one, feature=feature) for one, feature in zip(new, features, strict=True)]
    (change,) = changes([report("0.1.0", *old), report("0.2.0", *new)])
    assert change.about == "A box. A call. A name. And 1 more."


def test_chapter_that_was_not_run_is_no_change() -> None:
    """Where one release has only some chapters, the others neither go nor come."""
    whole = report("0.1.0", passing("jit.a"), passing("machine.a"))
    part = report("0.2.0", known("jit.a", "Wait."))
    assert [change.properties for change in changes([whole, part])] == [("jit.a",)]
    assert [change.properties for change in changes([part, report("0.3.0", *whole.properties)])] == [("jit.a",)]


def test_newest_release_comes_first_and_none_is_left_out() -> None:
    """Each release but the oldest has a heading, also where nothing changed."""
    same = [report(release, passing("jit.a")) for release in ("0.2.0", "0.10.0", "0.1.0")]
    headings = [line for line in markdown(same).splitlines() if line.startswith("## ")]
    assert headings == ["## 0.10.0", "## 0.2.0"]
    assert markdown(same).count("\n\nNothing.") == 2


def test_change_says_what_was_and_what_is() -> None:
    """A drift shows both values, and a failure that changed both failures from where they differ."""
    (drifted,) = between(observing("jit.a", {"x": 1}), observing("jit.a", {"x": "two"}))
    assert drifted.values == ('x: `1` → `"two"`',)
    long = "the same for more than half a line of eighty characters, and then "
    (changed,) = between(failing("jit.a", "is one"), failing("jit.a", "is none"))
    assert changed.values == ("`AssertionError: is one` → `AssertionError: is none`",)
    (changed,) = between(failing("jit.a", f"{long}one"), failing("jit.a", f"{long}none"))
    assert changed.values == ("`…rs, and then one` → `…rs, and then none`".replace("…rs", "…haracters"),)


def test_reports_that_cannot_be_compared_show_no_change() -> None:
    """What the gate would not compare is not called a change; the section says why."""
    old, new = report("0.1.0", passing("jit.a")), report("0.2.0", known("jit.a", "Wait."))
    other = msgspec.structs.replace(new, implementation="other.py")
    text = markdown([old, other])
    assert "- not comparable: the implementation differs: reference on OLD, other.py on NEW" in text
    assert "regressed" not in text


def test_each_section_is_of_its_own_pair() -> None:
    """Two reports of one release are compared with one another, and neither takes over what the other showed."""
    old, new = report("0.1.0", passing("jit.a")), report("0.2.0", known("jit.a", "Wait."))
    sections = markdown([old, new, new]).split("## 0.2.0")[1:]
    assert ["regressed" in section for section in sections] == [False, True]


def test_causes_of_a_gap_are_those_of_every_release_in_it() -> None:
    """From one release to a later one, what changed between them is a cause too."""
    between_all = causes_between("0.10.7", "0.12.12", "to_linen.program_agrees[sharding]")
    assert [cause.release for cause in between_all][-1] == "0.12.12"
    assert not causes_between("0.12.12", "0.12.12", "to_linen.program_agrees[sharding]")
    assert {cause.release for cause in causes_between("0.9.0", "0.10.0", "subjects.filters[MLP]")} == {"0.10.0"}
