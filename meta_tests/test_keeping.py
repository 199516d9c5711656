"""The committed evidence: small, still, and used only where a run would give the same."""

import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import msgspec
import pytest

from meta_tests.support.runs import ROOT, environment
from meta_tests.support.sample_reports import failing, observing, passing, report
from reports import releases
from reports.__main__ import main
from reports.digests.definitions import paragraph
from reports.digests.digest import digest_of, sentences
from reports.errors import BadInput
from reports.model import Environment, Property, Report, Shards, Suite
from reports.releases.keeping import _pinned, fitting, keep, reworded, stale, to_run_again
from reports.releases.rows import rows
from reports.releases.unrun import to_run_first

PACKAGES = {"flax": "0.12.0", "jax": "0.7.0", "jaxlib": "0.7.0", "numpy": "2.3.3"}


def run(*found: Property, selection: str = "", **fields: Any) -> Report:
    """A run of this suite on 0.12.0, of these properties or of two."""
    properties = found or (passing("affine.zeros"), observing("determinism.weights", {"x": 1}))
    whole = report("0.12.0", *properties)
    environment = msgspec.structs.replace(
        whole.environment, packages={**PACKAGES, "hypothesis": "6.170.15"}, platform="Linux-6.1-x86_64"
    )
    suite = Suite({one.id: digest_of(one.id, "0.12.0") for one in properties}, "gate", selection)
    return msgspec.structs.replace(whole, **{"environment": environment, "suite": suite, **fields})


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
    """Outcomes, values and failures come back; examples, reproducers and what a finding says do not."""
    known = failing("affine.zeros", "it is one", outcome="known failure")
    unsupported = passing("jit.one", outcome="unsupported", reason="It lacks jit.")
    one = run(known, observing("determinism.weights", {"x": 1}), unsupported)
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
    changed = run(passing("affine.zeros"), observing("determinism.weights", {"x": 2}))
    assert kept(changed, file) != before


@pytest.mark.parametrize("fields", [{"complete": False}, {"shards": Shards(2, [1])}], ids=["cut short", "a shard"])
def test_part_of_what_was_asked_is_not_kept(fields: dict[str, Any], file: Path) -> None:
    """A run that ended before its end stands for nothing."""
    with pytest.raises(BadInput, match="is not complete"):
        keep(run(**fields))
    assert not file.exists()


def test_evidence_fits_the_same_packages_and_suite(file: Path) -> None:
    """It stands in for a run of the same packages, suite and profile, and for no other."""
    assert fitting(PACKAGES, "3.12", "gate") is None
    keep(run())
    assert fitting(PACKAGES, "3.12", "gate") is not None
    assert fitting(PACKAGES | {"jax": "0.7.1"}, "3.12", "gate") is None
    assert fitting(PACKAGES, "3.1", "gate") is None
    assert fitting(PACKAGES, "3.12", "quick") is None
    older = run()
    older.suite.digest["affine.zeros"] = "older"
    releases.write(releases.of_reports([older]))
    assert fitting(PACKAGES, "3.12", "gate") is None


@pytest.mark.parametrize("outcome", ["failed", "crashed"])
def test_failure_that_nobody_knows_is_not_kept(outcome: str, file: Path) -> None:
    """What is committed holds, or is a known failure."""
    one = failing("affine.zeros", outcome=outcome, reason="It died." if outcome == "crashed" else None)
    with pytest.raises(BadInput, match=r"affine\.zeros failed or crashed \(1 in all\)"):
        keep(run(one))
    assert not file.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"implementation": "my.py"}, "is of the implementation my.py"),
        ({"subjects": "my.py"}, "is of the subjects my.py"),
        ({"models": "my.py"}, "is of the models my.py"),
        ({"suite": Suite({}, "quick")}, "was made with the profile quick"),
        ({"properties": [], "collected": 0}, "holds no property"),
        ({"suite": Suite({"affine.zeros": "older"}, "gate")}, "is of another state of the suite"),
    ],
)
def test_only_the_suite_as_it_is_is_kept(fields: dict[str, Any], words: str, file: Path) -> None:
    """What somebody ran with code or settings of their own says nothing of a release."""
    with pytest.raises(BadInput, match=words):
        keep(run(**fields))
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
def test_only_an_environment_that_says_what_it_is_is_kept(fields: dict[str, Any], words: str, file: Path) -> None:
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


def test_committed_evidence_is_not_stale() -> None:
    """It is of the suite as it is; if not, this lists what to run."""
    assert [*to_run_first(), *to_run_again()] == []


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ("affine.output_is_x_kernel_plus_bias", "output_is_x_kernel_plus_bias"),
        ("generated.program_agrees[nnx_jit]", "nnx_jit"),
        ("to_linen.program_agrees[linear]", "linear"),
        ("subjects.*[Dense]", "Dense"),
    ],
)
def test_what_has_no_evidence_is_listed(missing: str, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A property, a feature of each kind of programs, and a Linen module."""
    committed = releases.report_of(releases.releases()[-1])
    others = [one for one in committed.properties if not fnmatch(one.id, missing.replace("[", "[[]"))]
    monkeypatch.setattr(releases, "report_of", lambda release: msgspec.structs.replace(committed, properties=others))
    assert list(to_run_first()) == [f"new: {named}: tox run -m history -- -k {named}"]


@pytest.mark.parametrize("release", releases.releases())
def test_committed_evidence_is_of_whole_runs_that_are_green(release: str) -> None:
    """Of every property, in the profile gate, with the version of Hypothesis that is pinned."""
    committed = releases.report_of(release)
    assert committed.by_id.keys() == releases.report_of(releases.releases()[-1]).by_id.keys()
    assert (committed.suite.profile, committed.suite.selection) == ("gate", "")
    assert not {"failed", "crashed"} & {found.outcome for found in committed.properties}
    assert committed.environment.packages["hypothesis"] == _pinned("hypothesis")


def test_committed_evidence_is_of_the_properties_that_are_collected(newest: Path) -> None:
    """Whatever pytest finds on the newest release, and nothing that is no property any more."""
    command = [str(newest), "-m", "pytest", "properties", "--collect-only", "-q"]
    run = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)
    collected = {line for line in run.stdout.splitlines() if "::" in line}
    assert {one.nodeid for one in releases.report_of(releases.releases()[-1]).properties} == collected


def test_committed_evidence_is_of_the_releases_that_have_a_row() -> None:
    """Each has evidence, and there is no other; .github/CONTRIBUTING.md says how to add a release."""
    assert releases.releases() == rows().names


def test_committed_evidence_is_small_and_in_order() -> None:
    """All of its folder stays below 2 MB; a line for each property, and what is written of it."""
    text = releases.FILE.read_text(encoding="utf-8")
    assert sum(file.stat().st_size for file in releases.FILE.parent.iterdir() if file.is_file()) < 2_000_000
    assert releases.written(releases.history()) == text


def test_file_names_the_first_and_the_last_of_neighbours(file: Path) -> None:
    """A release on which a property did something else, or nothing, stands between two spans."""
    names = ["0.12.0", "0.12.1", "0.12.2", "0.12.3"]
    reports = []
    for release in names:
        whole = run(passing("affine.zeros"), *([] if release == "0.12.1" else [passing("affine.ones")]))
        reports.append(msgspec.structs.replace(whole, environment=of_flax(release, whole)))
    written = releases.written(releases.of_reports(reports))
    assert '"on":["0.12.0 to 0.12.3"]' in written
    assert '"on":["0.12.0","0.12.2 to 0.12.3"]' in written
    assert releases.parsed(written).outcomes == releases.of_reports(reports).outcomes
    with pytest.raises(BadInput, match="damaged"):
        releases.parsed(written.replace("to 0.12.3", "to 0.12.4"))


def test_damaged_evidence_is_named(file: Path) -> None:
    """It is not taken for none: that would lose the other releases."""
    file.write_text("{")
    with pytest.raises(BadInput, match=r"history\.jsonl: damaged .*; take it from version control"):
        keep(run())
    assert file.read_text() == "{"


def test_some_properties_take_the_place_of_themselves(file: Path) -> None:
    """The others, and their digests, stay as they were; a new property is added."""
    keep(run())
    keep(
        run(
            failing("affine.zeros", outcome="known failure", reason="It."),
            passing("affine.ones"),
            selection="-k affine",
        )
    )
    found = releases.report_of("0.12.0")
    outcomes = {one.id: one.outcome for one in found.properties}
    assert outcomes == {"affine.zeros": "known failure", "affine.ones": "passed", "determinism.weights": "observed"}
    assert found.suite.digest == {name: digest_of(name, "0.12.0") for name in outcomes}
    assert (found.suite.selection, found.collected) == ("", 3)


def test_whole_run_says_which_properties_there_are(file: Path) -> None:
    """What it does not name is dropped on every release."""
    keep(run())
    whole = run(passing("affine.zeros"))
    keep(msgspec.structs.replace(whole, environment=of_flax("0.12.1", whole)))
    assert [line.id for line in releases.history().lines] == ["affine.zeros"]


def of_flax(release: str, whole: Report) -> Environment:
    """The environment of a run with another release of Flax."""
    return msgspec.structs.replace(whole.environment, packages={**whole.environment.packages, "flax": release})


def test_property_that_says_the_same_leaves_the_file(file: Path) -> None:
    """Whatever the order in which the properties ran."""
    two = (passing("affine.zeros"), passing("affine.ones"), observing("determinism.weights", {"x": 1}))
    before = kept(run(*two), file)
    assert kept(run(two[1], two[0], selection="-k affine", started="2027-01-01T00:00:00+00:00"), file) == before


@pytest.mark.parametrize("packages", [PACKAGES | {"jax": "0.7.1"}, None], ids=["another jax", "nothing before"])
def test_properties_are_kept_beside_others_of_their_kind_alone(packages: dict[str, str] | None, file: Path) -> None:
    """What was run with other packages than the others, or has no others, is not kept."""
    if packages:
        whole = run()
        environment = msgspec.structs.replace(whole.environment, packages=packages)
        keep(msgspec.structs.replace(whole, environment=environment))
    with pytest.raises(BadInput, match="the others were not run like this"):
        keep(run(passing("affine.ones"), selection="-k ones"))


def test_what_is_stale_is_listed_with_what_runs_it_again(file: Path) -> None:
    """The command names the properties; where nothing is stale nothing is listed."""
    keep(run())
    stored = releases.report_of("0.12.0")
    assert [one.id for one in stale("0.12.0")] == []
    stored.suite.digest["affine.zeros"] = "older"
    releases.write(releases.of_reports([stored]))
    assert [one.id for one in stale("0.12.0")] == ["affine.zeros"]
    (line,) = to_run_again()
    assert line == "flax 0.12.0: 1 stale: tox run -e flax0.12.0 -- properties/test_affine.py::test_zeros"


def test_command_runs_all_releases_of_which_the_same_is_stale(file: Path) -> None:
    """One line for them, and `-m history` where they are all."""
    test = "properties/test_affine.py::test_zeros"
    keep(run(passing("affine.zeros")))
    for release in ("0.12.1", "0.12.2"):
        whole = run(passing("affine.zeros"))
        keep(msgspec.structs.replace(whole, environment=of_flax(release, whole)))
    stored = [releases.report_of(release) for release in releases.releases()]
    for one in stored:
        one.suite.digest["affine.zeros"] = "older"
    releases.write(releases.of_reports(stored))
    assert list(to_run_again()) == [f"each release: 1 stale: tox run -m history -- {test}"]
    stored[1].suite.digest["affine.zeros"] = digest_of("affine.zeros", "0.12.1")
    releases.write(releases.of_reports(stored))
    assert list(to_run_again()) == [f"flax 0.12.2, 0.12.0: 1 stale: tox run -e flax0.12.2,flax0.12.0 -- {test}"]


def test_reworded_sentence_is_taken_without_a_run(file: Path) -> None:
    """The evidence says what the property says today."""
    name = "affine.output_is_x_kernel_plus_bias"
    keep(run(passing(name, statement=paragraph(sentences(name)[0], 0))))
    assert not reworded()
    keep(run(passing(name, statement="Another sentence.")))
    assert list(to_run_again()) == ["sentences: 1 stale: python -m reports keep"]
    assert main(["keep"]) == 0
    assert not reworded()
    assert releases.report_of("0.12.0").by_id[name].statement == paragraph(sentences(name)[0], 0)
