"""The committed evidence: small, still, and used only where a run would give the same."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from meta_tests.sample_reports import failing, observing, passing, report
from reports import releases
from reports.digest import suite_digests
from reports.errors import BadInput
from reports.model import Property, Report, Suite
from reports.releases.keeping import _pinned, fitting, keep
from reports.releases.rows import rows

PACKAGES = {"flax": "0.12.0", "jax": "0.7.0", "jaxlib": "0.7.0", "numpy": "2.3.3"}


def run(**fields: object) -> Report:
    """A run of this suite on 0.12.0."""
    whole = report("0.12.0", passing("affine.zeros"), observing("determinism.weights", {"x": 1}))
    environment = msgspec.structs.replace(
        whole.environment, packages={**PACKAGES, "hypothesis": "6.170.15"}, platform="Linux-6.1-x86_64"
    )
    suite = Suite(suite_digests(), "gate")
    return msgspec.structs.replace(whole, environment=environment, suite=suite, **fields)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where evidence is kept, of which there is none yet."""
    path = tmp_path / "history.jsonl"
    monkeypatch.setattr(releases, "FILE", path)
    releases.history.cache_clear()
    yield path
    releases.history.cache_clear()


def kept(one: Report, file: Path) -> bytes:
    """The evidence after this report was taken in."""
    keep(one)
    return file.read_bytes()


def test_evidence_has_no_timings_and_stays_still(file: Path) -> None:
    """A later run that says the same leaves the file as it was, to the byte."""
    before = kept(run(), file)
    assert b"1.5" not in before
    assert b"x86_64" not in before
    assert kept(run(started="2027-01-01T00:00:00+00:00", ended="2027-01-01T00:01:00+00:00"), file) == before


def test_evidence_says_what_the_run_said(file: Path) -> None:
    """Outcomes, values and failures come back; examples and reproducers do not."""
    known = failing("affine.zeros", "it is one", outcome="known failure", reason="It.")
    one = run(properties=[known, observing("determinism.weights", {"x": 1})], collected=2)
    keep(one)
    again = releases.report_of("0.12.0")
    assert again.environment.packages == one.environment.packages
    assert {found.id: (found.outcome, found.reason, found.observations) for found in again.properties} == {
        found.id: (found.outcome, found.reason, found.observations) for found in one.properties
    }
    failure = again.by_id["affine.zeros"].failure
    assert failure
    assert known.failure
    assert (failure.exception, failure.message) == (known.failure.exception, "it is one")
    assert (failure.falsifying_example, failure.reproducer) == (None, None)


def test_another_release_leaves_the_first_as_it_was(file: Path) -> None:
    """A property that says the same on both has one state; the releases are in order."""
    keep(run())
    whole = run()
    environment = msgspec.structs.replace(whole.environment, packages={**whole.environment.packages, "flax": "0.9.0"})
    keep(msgspec.structs.replace(whole, environment=environment))
    assert releases.releases() == ["0.9.0", "0.12.0"]
    assert [len(line.states) for line in releases.history().lines] == [1, 1]


def test_changed_run_is_kept(file: Path) -> None:
    """A run that says something else changes the evidence."""
    before = kept(run(), file)
    changed = run(properties=[passing("affine.zeros"), observing("determinism.weights", {"x": 2})])
    assert kept(changed, file) != before


@pytest.mark.parametrize(
    "fields", [{"complete": False}, {"suite": Suite(suite_digests(), "gate", "-k 'jit'")}], ids=["part", "selection"]
)
def test_part_of_a_run_is_not_kept(fields: dict[str, object], file: Path) -> None:
    """Only a whole run stands for a release."""
    with pytest.raises(BadInput, match="part of the properties"):
        keep(msgspec.structs.replace(run(), **fields))
    assert not file.exists()


def test_evidence_fits_the_same_packages_and_suite(file: Path) -> None:
    """It stands in for a run of the same packages, suite and profile, and for no other."""
    assert fitting(PACKAGES, "3.12", "gate") is None
    keep(run())
    assert fitting(PACKAGES, "3.12", "gate") is not None
    assert fitting(PACKAGES | {"jax": "0.7.1"}, "3.12", "gate") is None
    assert fitting(PACKAGES, "3.1", "gate") is None
    assert fitting(PACKAGES, "3.12", "quick") is None
    keep(msgspec.structs.replace(run(), suite=Suite({"affine": "older"}, "gate")))
    assert fitting(PACKAGES, "3.12", "gate") is None


@pytest.mark.parametrize("outcome", ["failed", "crashed"])
def test_failure_that_nobody_knows_is_not_kept(outcome: str, file: Path) -> None:
    """What is committed holds, or is a known failure."""
    one = failing("affine.zeros", outcome=outcome, reason="It died." if outcome == "crashed" else None)
    with pytest.raises(BadInput, match=r"affine\.zeros failed or crashed \(1 in all\)"):
        keep(run(properties=[one], collected=1))
    assert not file.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"implementation": "my.py"}, "is of the implementation my.py"),
        ({"subjects": "my.py"}, "is of the subjects my.py"),
        ({"suite": Suite(suite_digests(), "quick")}, "was made with the profile quick"),
        ({"properties": [], "collected": 0}, "holds no property"),
    ],
)
def test_only_the_suite_as_it_is_is_kept(fields: dict[str, object], words: str, file: Path) -> None:
    """What somebody ran with code or settings of their own says nothing of a release."""
    with pytest.raises(BadInput, match=words):
        keep(msgspec.structs.replace(run(), **fields))
    assert not file.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"flags": {"NNX_GRAPH_MODE": "0"}}, "was made with NNX_GRAPH_MODE=0"),
        ({"backend": None}, "names no device"),
        ({"packages": {"flax": "../../x"}}, "'../../x' is no version of Flax"),
        ({"packages": {}}, "'no flax' is no version of Flax"),
    ],
)
def test_only_an_environment_that_says_what_it_is_is_kept(fields: dict[str, object], words: str, file: Path) -> None:
    """Settings of a shell, no device, or a version that is none."""
    whole = run()
    environment = msgspec.structs.replace(whole.environment, **fields)
    with pytest.raises(BadInput, match=words):
        keep(msgspec.structs.replace(whole, environment=environment))
    assert not file.exists()


def test_evidence_of_another_hypothesis_does_not_fit(file: Path) -> None:
    """Another version draws other inputs, and a comparison would be refused."""
    whole = run()
    environment = msgspec.structs.replace(whole.environment, packages={**PACKAGES, "hypothesis": "6.0.0"})
    keep(msgspec.structs.replace(whole, environment=environment))
    assert fitting(PACKAGES, "3.12", "gate") is None


def test_release_that_has_no_row_is_not_kept(file: Path) -> None:
    """Evidence is of the releases that the suite runs on."""
    whole = run()
    environment = msgspec.structs.replace(whole.environment, packages={**whole.environment.packages, "flax": "0.8.0"})
    with pytest.raises(BadInput, match=r"add it with python -m reports release 0\.8\.0"):
        keep(msgspec.structs.replace(whole, environment=environment))
    assert not file.exists()


@pytest.mark.parametrize("release", releases.releases())
def test_committed_evidence_fits_the_suite(release: str) -> None:
    """It is of the suite as it is; if not, .github/CONTRIBUTING.md says what to run."""
    committed, digests = releases.report_of(release), suite_digests()
    assert [chapter for chapter in digests if committed.suite.digest.get(chapter) != digests[chapter]] == []
    assert committed.suite.digest.keys() == digests.keys()
    assert (committed.suite.profile, committed.suite.selection) == ("gate", "")
    assert not {"failed", "crashed"} & {found.outcome for found in committed.properties}
    assert committed.environment.packages["hypothesis"] == _pinned("hypothesis")


def test_committed_evidence_is_of_the_releases_that_have_a_row() -> None:
    """Each has evidence, and there is no other; .github/CONTRIBUTING.md says how to add a release."""
    assert releases.releases() == rows().names


def test_committed_evidence_is_small_and_in_order() -> None:
    """It stays below 2 MB, a line for each property, and is what is written of it."""
    text = releases.FILE.read_text(encoding="utf-8")
    assert len(text.encode()) < 2_000_000
    assert releases.written(releases.history()) == text


def test_damaged_evidence_is_named(file: Path) -> None:
    """It is not taken for none: that would lose the other releases."""
    file.write_text("{")
    with pytest.raises(BadInput, match=r"history\.jsonl: damaged .*; take it from version control"):
        keep(run())
    assert file.read_text() == "{"


def chapters(*found: Property, selection: str, **fields: object) -> Report:
    """A run of some chapters by another suite."""
    digests = {name: f"another {name}" for name in suite_digests()}
    suite = Suite(digests, "gate", selection)
    return msgspec.structs.replace(run(properties=list(found), collected=len(found)), suite=suite, **fields)


def test_whole_chapters_take_the_place_of_themselves(file: Path) -> None:
    """The other chapters, and their digests, stay as they were."""
    keep(run())
    keep(chapters(passing("affine.ones"), selection="properties/test_affine.py"))
    found = releases.report_of("0.12.0")
    assert {one.id for one in found.properties} == {"affine.ones", "determinism.weights"}
    assert found.suite.digest == suite_digests() | {"affine": "another affine"}
    assert (found.suite.selection, found.collected) == ("", 2)


def test_chapters_that_were_not_named_are_not_kept(file: Path) -> None:
    """A report that holds more than its selection names would bring properties twice."""
    before = kept(run(), file)
    both = (passing("affine.ones"), passing("determinism.twos"))
    with pytest.raises(BadInput, match="also holds the chapters determinism"):
        keep(chapters(*both, selection="properties/test_affine.py"))
    assert file.read_bytes() == before


def test_kept_chapter_that_says_the_same_leaves_the_file(file: Path) -> None:
    """Whatever the order in which the properties ran."""
    two = (passing("affine.zeros"), passing("affine.ones"), observing("determinism.weights", {"x": 1}))
    before = kept(run(properties=list(two), collected=3), file)
    suite = Suite(suite_digests(), "gate", "properties/test_affine.py")
    again = run(properties=[two[1], two[0]], collected=2, started="2027-01-01T00:00:00+00:00")
    assert kept(msgspec.structs.replace(again, suite=suite), file) == before


@pytest.mark.parametrize("packages", [PACKAGES | {"jax": "0.7.1"}, None], ids=["another jax", "nothing before"])
def test_chapters_are_kept_beside_others_of_their_kind_alone(packages: dict[str, str] | None, file: Path) -> None:
    """Chapters that were run with other packages, or that have nothing beside them, are not kept."""
    if packages:
        whole = run()
        environment = msgspec.structs.replace(whole.environment, packages=packages)
        keep(msgspec.structs.replace(whole, environment=environment))
    with pytest.raises(BadInput, match="the others were not run like this"):
        keep(chapters(passing("affine.ones"), selection="properties/test_affine.py"))
