"""The whole history is a plan that any number of processes work off, and nothing runs twice."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from packaging.requirements import Requirement

from meta_tests.support.runs import ROOT, environment
from meta_tests.support.sample_reports import failing, passing, report
from reports.__main__ import main
from reports.digests.digest import state_of_the_suite
from reports.errors import BadInput
from reports.gate import pypi
from reports.gate.running import CannotImport, Died, Options
from reports.history import working
from reports.history.folder import HistoryFolder
from reports.history.plan import Jax, Job, plan
from reports.history.working import work
from reports.load import read
from reports.model import Property, Report, Shards, Suite
from reports.releases.rows import rows

JOBS = plan(["0.12.12", "0.11.0"], ["3.12"], [Jax.DAY], 2)


def test_plan_has_each_part_of_each_run() -> None:
    """The newest release first; each Python on which it runs, each jax, each shard."""
    assert [job.name for job in plan(["0.11.0", "0.12.12"], ["3.11", "3.12"], [Jax.DAY, Jax.FLOOR], 1)] == [
        "0.12.12-py3.12-day-1of1",
        "0.12.12-py3.12-floor-1of1",
        "0.11.0-py3.12-day-1of1",
        "0.11.0-py3.12-floor-1of1",
        "0.11.0-py3.11-day-1of1",
        "0.11.0-py3.11-floor-1of1",
    ]
    assert [job.name for job in JOBS[:2]] == ["0.12.12-py3.12-day-1of2", "0.12.12-py3.12-day-2of2"]


def test_plan_of_nothing_in_particular_is_every_release_once() -> None:
    """On the Python that it prefers."""
    found = plan([], [], [Jax.DAY], 1)
    assert [job.release for job in found] == rows().names[::-1]
    assert {job.release: job.python for job in found} == {name: row.pythons[0] for name, row in rows().releases.items()}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--releases", "0.12.11"], "0.12.11: there is no row of it"),
        (["--python", "3.9"], "--python 3.9: no release has it; choose from 3.12"),
        (["--python", "3.11", "--releases", "0.12.12"], "none of 0.12.12 runs on Python 3.11"),
        (["--jax", "oldest"], "--jax oldest: choose from day, newest, floor"),
        (["--shards", "0"], "--shards 0: a run has one part at least"),
        (["--only", "0.12.12-py3.12-day-2of1"], "--only 0.12.12-py3.12-day-2of1: no job of this plan; --list names"),
        (["-k", "and and"], "-k 'and and': no expression"),
    ],
)
def test_what_cannot_be_planned_is_refused(
    options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a line, before anything is built."""
    assert main(["history", str(tmp_path / "new"), *options]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_list_is_for_a_matrix(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """JSON, from which each machine takes one name."""
    assert main(["history", str(tmp_path), "--releases", "0.12.12,0.11.0", "--shards", "2", "--list"]) == 0
    assert json.loads(capsys.readouterr().out) == [job.name for job in JOBS]


Result = Report | Exception
Runs = list[str]


def _report(job: Job, *found: Property, **fields: Any) -> Report:
    whole = report(job.release, *found, **{"shards": Shards(job.of, [job.shard]), **fields})
    return msgspec.structs.replace(whole, suite=Suite({}, "quick", state=state_of_the_suite()))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> tuple[Runs, dict[str, Result]]:
    """What has run, where a run gives at once what ``results`` says, or a report in which a property passed."""
    ran: Runs = []
    results: dict[str, Result] = {}

    def run(label: str, options: Options, *_: object) -> Report:
        assert options.shard is not None
        (job,) = (one for one in JOBS if one.run == label and (one.shard, one.of) == options.shard)
        ran.append(job.name)
        result = results.get(job.name, _report(job, passing(f"affine.number_{job.shard}")))
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(working, "find_python", lambda version: Path(version))
    monkeypatch.setattr(working, "resolve", lambda label, pins, python: label)
    monkeypatch.setattr(working, "build", lambda resolved: resolved)
    monkeypatch.setattr(working, "run_properties", run)
    return ran, results


def _work(folder: Path) -> dict[Job, str]:
    return work(HistoryFolder(folder), JOBS, Options(), lambda *_: None)


def test_nothing_runs_twice(runs: tuple[Runs, dict[str, Result]], tmp_path: Path) -> None:
    """Not what is done, nor what another process runs; what a process left goes on."""
    ran, _ = runs
    with HistoryFolder(tmp_path).claimed(JOBS[1]) as is_ours:
        assert is_ours
        _work(tmp_path)
        assert ran == [job.name for job in JOBS if job is not JOBS[1]]
    _work(tmp_path)
    _work(tmp_path)
    assert ran == [job.name for job in (*JOBS[:1], *JOBS[2:], JOBS[1])]


def test_what_cannot_be_imported_is_kept_and_what_died_is_not(
    runs: tuple[Runs, dict[str, Result]], tmp_path: Path
) -> None:
    """The next call tries again what may end otherwise."""
    ran, results = runs
    results[JOBS[0].name], results[JOBS[2].name] = Died("it died"), CannotImport("flax cannot be imported")
    assert _work(tmp_path) == {JOBS[0]: "it died"}
    ran.clear()
    del results[JOBS[0].name]
    assert _work(tmp_path) == {}
    assert ran == [JOBS[0].name]
    assert HistoryFolder(tmp_path).why_not(JOBS[2]) == "flax cannot be imported"


PARTS = ["--shards", "2", "--profile", "quick"]


def _main(folder: Path, *options: str) -> int:
    return main(["history", str(folder), "--releases", "0.12.12,0.11.0", "--python", "3.12", *PARTS, *options])


def test_shards_are_joined(
    runs: tuple[Runs, dict[str, Result]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report of each whole run, whichever process had its last part; until then it says how far it is."""
    assert _main(tmp_path, "--only", JOBS[0].name) == 0
    assert capsys.readouterr().out == "0.12.12-py3.12-day: 1 of 2 parts are done; jax 0.7.0, 1 passed\n"
    assert not list(tmp_path.glob("*.json"))
    assert _main(tmp_path) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{release}-py3.12-day: jax {_report(JOBS[0]).environment.packages['jax']}, 2 passed"
        for release in ("0.12.12", "0.11.0")
    ]
    whole = read(tmp_path / "0.12.12-py3.12-day.json")
    assert [one.id for one in whole.properties] == ["affine.number_1", "affine.number_2"]
    assert whole.shards == Shards(2, [1, 2])


def test_exit_code_is_the_worst(
    runs: tuple[Runs, dict[str, Result]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A property that fails is 1, a run that is missing 3; what cannot be imported is no fault."""
    _, results = runs
    results[JOBS[2].name] = CannotImport("flax cannot be imported")
    assert _main(tmp_path / "a") == 0
    results[JOBS[0].name] = _report(JOBS[0], failing("affine.number_1"))
    assert _main(tmp_path / "b") == 1
    results[JOBS[3].name] = Died("it\x1b[2J died")
    del results[JOBS[2].name]
    assert _main(tmp_path / "c") == 3
    said = capsys.readouterr()
    assert "0.11.0-py3.12-day: 1 of 2 parts are done; 2 of 2: it" in said.out
    assert _main(tmp_path / "b", "--only", JOBS[0].name) == 1  # whatever the others are
    assert "\x1b" not in said.out
    assert "the same command goes on from here" in said.err


_SUITE = Suite({}, "quick", state=state_of_the_suite())


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"suite": msgspec.structs.replace(_SUITE, state="another")}, "a run of another state of the suite"),
        ({"suite": msgspec.structs.replace(_SUITE, profile="gate")}, "a run of another profile"),
        ({"suite": msgspec.structs.replace(_SUITE, selection="-k 'jit'")}, "a run of another selection of properties"),
        ({"shards": Shards(2, [2])}, "a run of another part"),
        ({"complete": False}, "a run that is not whole"),
        ({"models": "my_models.py"}, "a run of what is not the suite's own"),
    ],
)
def test_folder_of_another_run_is_refused(
    fields: dict[str, Any],
    said: str,
    runs: tuple[Runs, dict[str, Result]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its reports would be taken for those of this one."""
    _, results = runs
    results[JOBS[0].name] = msgspec.structs.replace(_report(JOBS[0], passing("affine.number_1")), **fields)
    _work(tmp_path)
    assert _main(tmp_path) == 2
    assert f"{JOBS[0].name}.json: {said}; choose another folder, or delete" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "{", "\0"])
def test_damaged_file_is_named(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do; a reason without words is none."""
    shards = tmp_path / "shards"
    shards.mkdir()
    (shards / f"{JOBS[0].name}.txt").write_bytes(b"\xff" if text else b"")
    assert HistoryFolder(tmp_path).is_done(JOBS[0]) == bool(text)
    (shards / f"{JOBS[0].name}.json").write_text(text)
    assert _main(tmp_path) == 2
    assert f"delete {JOBS[0].name}.json" in capsys.readouterr().err


def test_parts_that_do_not_fit_are_named_and_the_others_joined(
    runs: tuple[Runs, dict[str, Result]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run of which another machine made a part with another Python."""
    _, results = runs
    other = _report(JOBS[0], passing("affine.number_1"))
    environment = msgspec.structs.replace(other.environment, python="3.12.99")
    results[JOBS[0].name] = msgspec.structs.replace(other, environment=environment)
    assert _main(tmp_path) == 3
    said = capsys.readouterr().out
    assert "0.12.12-py3.12-day: its parts are not of one run (" in said
    assert "0.11.0-py3.12-day: jax 0.7.0, 2 passed" in said


def test_job_named_twice_runs_once(runs: tuple[Runs, dict[str, Result]], tmp_path: Path) -> None:
    """In whatever order jobs are named, and releases."""
    ran, _ = runs
    assert (
        _main(tmp_path, *(word for job in (JOBS[3], JOBS[0], JOBS[3], JOBS[1]) for word in ("--only", job.name))) == 0
    )
    assert ran == [JOBS[0].name, JOBS[1].name, JOBS[3].name]
    assert [path.name for path in tmp_path.glob("*.json")] == ["0.12.12-py3.12-day.json"]
    assert plan(["0.11.0", "0.11.0"], ["3.12", "3.12"], [Jax.DAY, Jax.DAY], 1) == plan(
        ["0.11.0"], ["3.12"], [Jax.DAY], 1
    )


def test_jax_is_the_oldest_the_newest_or_that_of_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the package index says."""
    monkeypatch.setattr("reports.history.plan.newest", lambda package, python: "9.9.9")
    monkeypatch.setattr("reports.history.plan.lowest", lambda package, pin, python: f"0.0.1+{pin.name}")
    texts = {jax: jax.pins("0.12.12", Path("python")).text for jax in Jax}
    assert texts == {
        Jax.DAY: "flax==0.12.12",
        Jax.NEWEST: "flax==0.12.12,jax==9.9.9",
        Jax.FLOOR: "flax==0.12.12,jax==0.0.1+flax",
    }


def test_floor_is_what_flax_allows() -> None:
    """Of a release that names it."""
    assert pypi.lowest("jax", Requirement("flax==0.11.0"), Path(sys.executable)) == "0.6.0"


@pytest.mark.timeout(1200)
def test_two_processes_run_each_part_once(newest: Path, tmp_path: Path) -> None:
    """The joined report is that of one run in one part, but for its times."""
    ask = "import sys; from importlib.metadata import version as v; print(v('flax'), '%d.%d' % sys.version_info[:2])"
    release, python = subprocess.check_output([str(newest), "-c", ask], text=True).split()
    asked = ["--releases", release, "--python", python, "--profile", "quick", "-k", "affine and zero"]

    def started(folder: str, *options: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "reports", "history", str(tmp_path / folder), *asked, *options]
        return subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True)

    assert started("whole").wait() == 0
    both = [started("parts", "--shards", "2") for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert {process.returncode for process in both} <= {0, 3}, said  # one may end while the other has a part
    (last,) = {line for text in said for line in text.splitlines() if line.endswith(" 2 passed")}
    name = last.partition(":")[0]
    whole, joined = (json.loads((tmp_path / folder / f"{name}.json").read_text()) for folder in ("whole", "parts"))
    assert joined["shards"] == {"of": 2, "present": [1, 2]}
    assert _without_times(whole) == _without_times(joined)


def _without_times(found: dict[str, Any]) -> dict[str, Any]:
    top = {name: value for name, value in found.items() if name not in ("started", "ended", "shards")}
    return top | {"properties": [one | {"seconds": None} for one in found["properties"]]}


def test_job_that_is_not_ours_is_not_claimed(tmp_path: Path) -> None:
    """A process that was killed leaves nothing behind that blocks the next one."""
    claim = (
        "import sys, time\nfrom pathlib import Path\nfrom reports.history.folder import HistoryFolder\n"
        "from reports.history.plan import Jax, Job\n"
        "with HistoryFolder(Path(sys.argv[1])).claimed(Job('0.12.12', '3.12', Jax.DAY, 1, 2)) as is_ours:\n"
        "    print(is_ours, flush=True)\n    time.sleep(60)\n"
    )
    folder = HistoryFolder(tmp_path)
    with subprocess.Popen([sys.executable, "-c", claim, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        with folder.claimed(JOBS[0]) as is_ours:
            assert not is_ours
        other.kill()
        other.wait()
    with folder.claimed(JOBS[0]) as is_ours:
        assert is_ours


def test_bad_python_is_no_plan() -> None:
    """Nothing is guessed."""
    with pytest.raises(BadInput, match=r"--python 3\.14"):
        plan([], ["3.14"], [Jax.DAY], 1)
