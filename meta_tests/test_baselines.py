"""The committed reports of the releases: small, still, and used only where a run would give the same."""

import re
from pathlib import Path

import msgspec
import pytest
from packaging.version import Version

from meta_tests.environments import NEWEST
from meta_tests.runs import ROOT
from meta_tests.sample_reports import failing, observing, passing, report
from reports import baselines
from reports.digest import suite_digests
from reports.errors import BadInput
from reports.model import Property, Report, Suite
from reports.places import RELEASES
from reports.reading import read

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
def releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(baselines, "RELEASES", tmp_path)
    return tmp_path


def test_kept_report_has_no_timings_and_stays_still(releases: Path) -> None:
    """Keeping a later run that says the same leaves the file as it was, to the byte."""
    path = baselines.keep(run())
    before = path.read_bytes()
    assert b"1.5" not in before
    assert b"x86_64" not in before
    later = run(started="2027-01-01T00:00:00+00:00", ended="2027-01-01T00:01:00+00:00")
    assert baselines.keep(later).read_bytes() == before


def test_kept_report_has_no_paths(releases: Path) -> None:
    """A file in a message is named without the folder of the machine that ran it."""
    known = failing(
        "affine.zeros", 'it said File "/home/me/.tox/a-b/lib/jax.py", line 3', outcome="known failure", reason="It."
    )
    kept = read(baselines.keep(run(properties=[known], collected=1)))
    assert [found.failure.message for found in kept.properties if found.failure] == ['it said File "jax.py", line 3']


def test_kept_report_has_no_addresses(releases: Path) -> None:
    """An object in a message is named without its place in the memory of one run."""
    runs = [
        failing("affine.zeros", f"<function f at {at}> failed", outcome="known failure", reason="It.")
        for at in ("0x7f91ab00c1d0", "0x7f00aa17b2e0")
    ]
    kept = [baselines.keep(run(properties=[one], collected=1)).read_bytes() for one in runs]
    assert kept[0] == kept[1]


def test_kept_report_does_not_say_which_python_ran(releases: Path) -> None:
    """Whether tox ran the properties or a shell did, what shows a failure again is written the same."""
    one = failing("affine.zeros", outcome="known failure", reason="It.")
    assert one.failure is not None
    command = one.failure.command.replace("python", ".tox/flax0.12.0/bin/python", 1)
    other = msgspec.structs.replace(one, failure=msgspec.structs.replace(one.failure, command=command))
    kept = [baselines.keep(run(properties=[found], collected=1)).read_bytes() for found in (one, other)]
    assert kept[0] == kept[1]


def test_changed_run_is_kept(releases: Path) -> None:
    """Keeping a run that says something else replaces the file."""
    before = baselines.keep(run()).read_bytes()
    changed = run(properties=[passing("affine.zeros"), observing("determinism.weights", {"x": 2})])
    assert baselines.keep(changed).read_bytes() != before


@pytest.mark.parametrize(
    "fields", [{"complete": False}, {"suite": Suite(suite_digests(), "gate", "-k 'jit'")}], ids=["part", "selection"]
)
def test_part_of_a_run_is_not_kept(fields: dict[str, object], releases: Path) -> None:
    """Only a whole run stands for a release."""
    with pytest.raises(BadInput, match="part of the properties"):
        baselines.keep(msgspec.structs.replace(run(), **fields))
    assert not list(releases.iterdir())


def test_kept_report_fits_the_same_packages_and_suite(releases: Path) -> None:
    """A baseline stands in for a run of the same packages, suite and profile, and for no other."""
    assert baselines.fitting(PACKAGES, "3.12", "gate") is None
    baselines.keep(run())
    assert baselines.fitting(PACKAGES, "3.12", "gate") is not None
    assert baselines.fitting(PACKAGES | {"jax": "0.7.1"}, "3.12", "gate") is None
    assert baselines.fitting(PACKAGES, "3.1", "gate") is None
    assert baselines.fitting(PACKAGES, "3.12", "quick") is None
    baselines.keep(msgspec.structs.replace(run(), suite=Suite({"affine": "older"}, "gate")))
    assert baselines.fitting(PACKAGES, "3.12", "gate") is None


@pytest.mark.parametrize("outcome", ["failed", "crashed"])
def test_failure_that_nobody_knows_is_not_kept(outcome: str, releases: Path) -> None:
    """What is committed holds, or is a known failure."""
    one = failing("affine.zeros", outcome=outcome, reason="It died." if outcome == "crashed" else None)
    with pytest.raises(BadInput, match=r"affine\.zeros failed or crashed \(1 in all\)"):
        baselines.keep(run(properties=[one], collected=1))
    assert not list(releases.iterdir())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"implementation": "my.py"}, "is of the implementation my.py"),
        ({"subjects": "my.py"}, "is of the subjects my.py"),
        ({"suite": Suite(suite_digests(), "quick")}, "was made with the profile quick"),
        ({"properties": [], "collected": 0}, "holds no property"),
    ],
)
def test_only_the_suite_as_it_is_is_kept(fields: dict[str, object], words: str, releases: Path) -> None:
    """What somebody ran with code or settings of their own says nothing of a release."""
    with pytest.raises(BadInput, match=words):
        baselines.keep(msgspec.structs.replace(run(), **fields))
    assert not list(releases.iterdir())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"flags": {"NNX_GRAPH_MODE": "0"}}, "was made with NNX_GRAPH_MODE=0"),
        ({"backend": None}, "names no device"),
        ({"packages": {"flax": "../../x"}}, "'../../x' is no version of Flax"),
        ({"packages": {}}, "'no flax' is no version of Flax"),
    ],
)
def test_only_an_environment_that_says_what_it_is_is_kept(
    fields: dict[str, object], words: str, releases: Path
) -> None:
    """Settings of a shell, no device, or a version that is none."""
    whole = run()
    environment = msgspec.structs.replace(whole.environment, **fields)
    with pytest.raises(BadInput, match=words):
        baselines.keep(msgspec.structs.replace(whole, environment=environment))
    assert not list(releases.iterdir())


def test_report_of_another_hypothesis_does_not_fit(releases: Path) -> None:
    """Another version draws other inputs, and a comparison would be refused."""
    whole = run()
    environment = msgspec.structs.replace(whole.environment, packages={**PACKAGES, "hypothesis": "6.0.0"})
    baselines.keep(msgspec.structs.replace(whole, environment=environment))
    assert baselines.fitting(PACKAGES, "3.12", "gate") is None


@pytest.mark.parametrize("path", sorted(RELEASES.glob("*.json")), ids=lambda path: path.stem)
def test_committed_report_fits_the_suite(path: Path) -> None:
    """Each committed report was made by the suite as it is; if not, .github/CONTRIBUTING.md says what to run."""
    committed, digests = read(path), suite_digests()
    assert [chapter for chapter in digests if committed.suite.digest.get(chapter) != digests[chapter]] == []
    assert committed.suite.digest.keys() == digests.keys()
    assert (committed.suite.profile, committed.suite.selection, committed.complete) == ("gate", "", True)
    assert not {"failed", "crashed"} & {found.outcome for found in committed.properties}
    assert committed.environment.packages["hypothesis"] == baselines._pinned("hypothesis")


def test_committed_reports_are_of_the_releases_that_tox_runs() -> None:
    """Each release of tox.ini has one, and the newest is the one that the suite's own tests take for it."""
    listed = re.findall(r"^    flax([\d.]+)(?:, bench)?: uv pip install", (ROOT / "tox.ini").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(path.stem for path in RELEASES.glob("*.json"))
    assert f"flax{max(listed, key=Version)}" == NEWEST


def test_damaged_baseline_is_not_used(releases: Path) -> None:
    """A baseline that cannot be read is as good as none, and is replaced."""
    path = baselines.keep(run())
    before = path.read_bytes()
    path.write_text("{")
    assert baselines.fitting(PACKAGES, "3.12", "gate") is None
    assert baselines.keep(run()).read_bytes() == before


def chapters(*found: Property, selection: str, **fields: object) -> Report:
    """A run of some chapters by another suite."""
    digests = {name: f"another {name}" for name in suite_digests()}
    suite = Suite(digests, "gate", selection)
    return msgspec.structs.replace(run(properties=list(found), collected=len(found)), suite=suite, **fields)


def test_whole_chapters_take_the_place_of_themselves(releases: Path) -> None:
    """The other chapters, and their digests, stay as they were."""
    baselines.keep(run())
    changed = chapters(passing("affine.ones"), selection="properties/test_affine.py")
    kept = read(baselines.keep(changed))
    assert {found.id for found in kept.properties} == {"affine.ones", "determinism.weights"}
    assert kept.suite.digest == suite_digests() | {"affine": "another affine"}
    assert (kept.suite.selection, kept.collected) == ("", 2)


def test_chapters_that_were_not_named_are_not_kept(releases: Path) -> None:
    """A report that holds more than its selection names would bring properties twice."""
    before = baselines.keep(run()).read_bytes()
    both = (passing("affine.ones"), passing("determinism.twos"))
    with pytest.raises(BadInput, match="also holds the chapters determinism"):
        baselines.keep(chapters(*both, selection="properties/test_affine.py"))
    assert (releases / "0.12.0.json").read_bytes() == before


def test_kept_chapter_that_says_the_same_leaves_the_file(releases: Path) -> None:
    """Whatever the order in which the properties ran."""
    two = (passing("affine.zeros"), passing("affine.ones"), observing("determinism.weights", {"x": 1}))
    before = baselines.keep(run(properties=list(two), collected=3)).read_bytes()
    suite = Suite(suite_digests(), "gate", "properties/test_affine.py")
    again = run(properties=[two[1], two[0]], collected=2, started="2027-01-01T00:00:00+00:00")
    assert baselines.keep(msgspec.structs.replace(again, suite=suite)).read_bytes() == before


@pytest.mark.parametrize("packages", [PACKAGES | {"jax": "0.7.1"}, None], ids=["another jax", "nothing before"])
def test_chapters_are_kept_beside_others_of_their_kind_alone(packages: dict[str, str] | None, releases: Path) -> None:
    """Chapters that were run with other packages, or that have nothing beside them, are not kept."""
    if packages:
        whole = run()
        environment = msgspec.structs.replace(whole.environment, packages=packages)
        baselines.keep(msgspec.structs.replace(whole, environment=environment))
    with pytest.raises(BadInput, match="the others were not run like this"):
        baselines.keep(chapters(passing("affine.ones"), selection="properties/test_affine.py"))
