"""How the suite behaves when it is run: in parallel, on a damaged cache, killed, and when a property fails."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from meta_tests.support.environments import NEWEST
from meta_tests.support.runs import ROOT, environment, node, pytest_run, records_of
from meta_tests.test_reproducers import UNSTEADY
from reports.model import MOST_TEXT
from reports.releases import report_of

QUICK = ("--hypothesis-profile", "quick")
PROPERTY = "affine.output_is_x_kernel_plus_bias"
# One chapter that judges much, and one that also observes.
CHAPTERS = ("properties/test_affine.py", "properties/test_lazy_init.py")
DISTRIBUTIONS = ("load", "loadscope", "loadfile", "worksteal", "each")

Records = dict[str, dict[str, Any]]


def _without_times(report: Path) -> Records:
    whole = json.loads(report.read_text())
    assert whole["complete"]
    assert whole["suite"]["profile"] == "quick"
    return {name: record | {"seconds": None} for name, record in records_of(report).items()}


@pytest.mark.timeout(1200)
def test_parallel_runs_record_what_a_serial_one_does(newest: Path, tmp_path: Path) -> None:
    """Outcomes, sentences, events and observations are the same in series and under every way to distribute."""
    serial, parallel = tmp_path / "serial.json", tmp_path / "parallel.json"
    assert pytest_run(newest, *CHAPTERS, *QUICK, "-n", "0", "--report", str(serial)).returncode == 0
    for distribution in DISTRIBUTIONS:
        options = ("-n", "2", "--dist", distribution, "--report", str(parallel))
        run = pytest_run(newest, *CHAPTERS, *QUICK, *options)
        assert run.returncode == 0, run.stdout
        assert _without_times(parallel) == _without_times(serial), distribution


def test_report_says_what_was_asked_for(newest: Path, tmp_path: Path) -> None:
    """A chapter that is named is the selection; where all properties are named as well, there is none."""
    path = tmp_path / "report.json"
    for named, selection in (([CHAPTERS[0]], CHAPTERS[0]), (["properties", CHAPTERS[0]], "-k 'x_kernel'")):
        options = ["-k", "x_kernel"] if len(named) > 1 else []
        assert pytest_run(newest, *named, *options, *QUICK, "-n", "0", "--report", str(path)).returncode == 0
        assert json.loads(path.read_text())["suite"]["selection"] == selection


def test_message_names_no_place(newest: Path, tmp_path: Path) -> None:
    """A message that Flax fills with a path says the file's name alone, so that every environment says the same."""
    path = tmp_path / "report.json"
    tabulate = node("generated.program_agrees[tabulate]")
    assert pytest_run(newest, tabulate, *QUICK, "-n", "0", "--report", str(path)).returncode == 0
    (record,) = records_of(path).values()
    assert record["outcome"] == "known failure"
    assert "summary.py:" in record["failure"]["message"]
    assert "/" not in record["failure"]["message"].partition("summary.py:")[0]
    kept = report_of(NEWEST.removeprefix("flax")).by_id[record["id"]]
    assert kept.failure
    assert NEWEST not in newest.parts or kept.failure.message == record["failure"]["message"]


def test_record_says_which_feature_it_is_of(newest: Path, tmp_path: Path) -> None:
    """A property of generated programs is recorded with the sentence of its feature, and any other with none."""
    path = tmp_path / "report.json"
    properties = (node("generated.program_agrees[dense]"), node(PROPERTY))
    assert pytest_run(newest, *properties, *QUICK, "-n", "0", "--report", str(path)).returncode == 0
    features = {name: record["feature"] for name, record in records_of(path).items()}
    assert features == {"generated.program_agrees[dense]": "An `nn.Dense` submodule.", PROPERTY: None}


def _damage(cache: Path) -> int:
    """Cut, garble or empty every entry of a compilation cache; how many there were."""
    entries = sorted(path for path in cache.rglob("*-cache") if path.is_file())
    for number, entry in enumerate(entries):
        content = entry.read_bytes()
        damaged = (content[: len(content) // 2], os.urandom(len(content)), b"")[number % 3]
        entry.write_bytes(damaged)
    return len(entries)


def test_damaged_cache_is_not_heard_of(newest: Path, tmp_path: Path) -> None:
    """Compiled programs that were cut, garbled or emptied are compiled again, without a word."""
    cache = tmp_path / "cache"
    for _ in range(2):
        # Without our addopts, so that pytest would show the warnings that there were.
        shown = ("-o", "addopts=", "-n", "0")
        run = pytest_run(newest, node(PROPERTY), *QUICK, *shown, JAX_COMPILATION_CACHE_DIR=str(cache))
        assert run.returncode == 0, run.stdout
        assert "compilation cache" not in run.stdout.lower()
        assert _damage(cache) > 2


def test_two_processes_fill_one_cache(newest: Path, tmp_path: Path) -> None:
    """Two runs that start at once on one empty cache both pass in silence."""
    command = [str(newest), "-m", "pytest", node(PROPERTY), *QUICK, "-n", "0"]
    runs = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(JAX_COMPILATION_CACHE_DIR=str(tmp_path / "cache")),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    for run in runs:
        output, _ = run.communicate()
        assert run.returncode == 0, output
        assert "warning" not in output.lower()


def test_run_of_a_long_selection_is_written(newest: Path, tmp_path: Path) -> None:
    """A report says of a selection that it cannot hold how it begins, and tells it from others that begin alike."""
    reports = []
    for last in "ab":
        expression = " or ".join([PROPERTY.partition(".")[2], *["never" * 100] * 30, last * 3])
        path = tmp_path / f"{last}.json"
        run = pytest_run(newest, node(PROPERTY), *QUICK, "-n", "0", "-k", expression, "--report", str(path))
        assert run.returncode == 0, run.stdout
        reports.append(json.loads(path.read_text()))
    selections = {report["suite"]["selection"] for report in reports}
    assert len(selections) == 2
    assert all(one.startswith("-k ") and len(one) <= MOST_TEXT for one in selections)


# Ends or stops its process in the middle of a property, at the 20th call.
ENDING = """
import os, signal, time
from impl.linen_inside_nnx import MyNNXWithLinen
from impl import linen_inside_nnx as reference

calls = 0

def linen_inside_nnx(seed, x, features):
    global calls
    calls += 1
    if calls == 20:
        {end}
    return reference.linen_inside_nnx(seed, x, features)
"""


def test_killed_worker_breaks_its_property(newest: Path, tmp_path: Path) -> None:
    """The property during which a worker is killed is recorded as crashed, and the cache that it left works."""
    ending, report = tmp_path / "ending.py", tmp_path / "report.json"
    ending.write_text(ENDING.format(end="os.kill(os.getpid(), signal.SIGKILL)"))
    cache = str(tmp_path / "cache")
    options = ("-n", "1", f"--impl={ending}", "--report", str(report))
    run = pytest_run(newest, node(PROPERTY), *options, JAX_COMPILATION_CACHE_DIR=cache)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED
    record = records_of(report)[PROPERTY]
    assert record["outcome"] == "crashed"
    assert "crashed" in record["reason"]
    again = pytest_run(newest, node(PROPERTY), "-n", "1", JAX_COMPILATION_CACHE_DIR=cache)
    assert again.returncode == 0, again.stdout
    assert "warning" not in again.stdout.lower()


@pytest.mark.parametrize("limit", [("--timeout", "20"), ("-o", "timeout=2", "--hypothesis-profile", "hunt")])
def test_property_without_end_is_crashed(limit: tuple[str, ...], newest: Path, tmp_path: Path) -> None:
    """A property that takes longer than it may is recorded as crashed, with the limit, ten times as high in a hunt."""
    ending, report = tmp_path / "ending.py", tmp_path / "report.json"
    ending.write_text(ENDING.format(end="time.sleep(600)"))
    options = ("-n", "1", f"--impl={ending}", "--report", str(report), *limit)
    assert pytest_run(newest, node(PROPERTY), *options).returncode == pytest.ExitCode.TESTS_FAILED
    record = records_of(report)[PROPERTY]
    assert record["outcome"] == "crashed"
    assert "after 20 s" in record["reason"]


def test_run_that_is_ended_is_no_success(newest: Path, tmp_path: Path) -> None:
    """Code that ends the only process in the middle of a property does not end it as if all was well."""
    ending, report = tmp_path / "ending.py", tmp_path / "report.json"
    ending.write_text(ENDING.format(end="os._exit(0)"))
    report.write_text("an earlier one")
    run = pytest_run(newest, node(PROPERTY), "-n", "0", f"--impl={ending}", "--report", str(report))
    assert run.returncode == pytest.ExitCode.INTERNAL_ERROR
    assert f"ERROR: {node(PROPERTY)} ended the run by os._exit(0)\n" in run.stdout
    assert not report.exists()


@pytest.mark.parametrize("workers", ["0", "2"])
def test_file_that_ends_the_run_leaves_no_report(workers: str, newest: Path, tmp_path: Path) -> None:
    """Not that of an earlier run either, before any property runs."""
    ending, report = tmp_path / "ending.py", tmp_path / "report.json"
    ending.write_text("import os\nos._exit(0)\n")
    report.write_text("an earlier one")
    run = pytest_run(newest, node(PROPERTY), "-n", workers, f"--impl={ending}", "--report", str(report))
    assert run.returncode == pytest.ExitCode.INTERNAL_ERROR
    assert "ERROR: the code under test ended the run by os._exit(0)\n" in run.stdout
    assert not report.exists()


@pytest.mark.parametrize("workers", ["0", "2"])
def test_killed_run_leaves_no_report(workers: str, newest: Path, tmp_path: Path) -> None:
    """A run that is killed leaves neither a report nor a part of one."""
    ending, inside, reports = tmp_path / "ending.py", tmp_path / "inside", tmp_path / "reports"
    ending.write_text(ENDING.format(end=f"open({str(inside)!r}, 'w').close(); time.sleep(600)"))
    command = [str(newest), "-m", "pytest", node(PROPERTY), "-n", workers, f"--impl={ending}"]
    run = subprocess.Popen(
        [*command, "--report", str(reports / "report.json")],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not inside.exists():
        assert run.poll() is None, "it ended by itself"
        time.sleep(0.1)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert not reports.exists() or not list(reports.iterdir())


def test_failure_says_what_and_how_to_see_it_again(newest: Path) -> None:
    """A failing property shows its sentence, plain values that fail, and a command that fails again as printed."""
    faulty = "meta_tests/faulty/features_reversed.py"
    run = pytest_run(newest, node(PROPERTY), "-n", "0", "--impl", faulty)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED
    assert "The output equals `x @ kernel + bias` in float64 within the float32 error bound." in run.stdout
    assert re.search(r"falsifying example: call=Call\(seed=[\d.]+, x=\[[^<>]*\], features=[\d.]+\)\n", run.stdout)
    assert "Array(" not in run.stdout
    assert "Traceback" not in run.stdout
    assert _fails_again(run.stdout, newest)


def _fails_again(printed: str, python: Path) -> bool:
    """Whether the command that is printed behind ``again:``, typed in the repository, ends with one failure."""
    # Where CI is set, pytest repeats the message in its summary.
    (command,) = set(re.findall(r"^again: +(.*)$", printed, flags=re.MULTILINE))
    # The environment's python comes first on PATH, as in an activated one.
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    again = subprocess.run(
        command, shell=True, cwd=ROOT, env=environment(PATH=path), stdout=subprocess.PIPE, text=True, check=False
    )
    return again.returncode == pytest.ExitCode.TESTS_FAILED and "1 failed" in again.stdout


def test_failure_of_a_subject_is_seen_again(newest: Path, tmp_path: Path) -> None:
    """The command names the file of the subjects, in a folder with a space, and the profile."""
    subjects = tmp_path / "my subjects" / "unsteady.py"
    subjects.parent.mkdir()
    subjects.write_text(UNSTEADY)
    property_node = "properties/test_subjects.py::test_call[one]"
    run = pytest_run(newest, property_node, "-n", "0", "--subjects", str(subjects), *QUICK)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout
    assert re.search(
        r"^again: .* --subjects '.*/my subjects/unsteady.py' --hypothesis-profile quick$", run.stdout, re.M
    )
    assert _fails_again(run.stdout, newest)


DYING = """
import os, signal

def linen_inside_nnx(seed, x, features):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.timeout(600)
def test_every_death_is_a_property_of_its_own(newest: Path, tmp_path: Path) -> None:
    """However many processes die, every property is tried, and each death has its property's name and sentence."""
    dying, path = tmp_path / "dying.py", tmp_path / "report.json"
    dying.write_text(DYING)
    chosen = (
        "properties/test_affine.py",
        "-k",
        "output_is or other_dtypes or zero_input or unit_vector",
    )  # five; xdist restarts four
    run = pytest_run(newest, *chosen, *QUICK, "-n", "1", f"--impl={dying}", "--report", str(path))
    assert run.returncode == pytest.ExitCode.TESTS_FAILED
    whole = json.loads(path.read_text())
    assert whole["complete"]
    outcomes = [one["outcome"] for one in whole["properties"]]
    assert len(outcomes) == whole["collected"]
    assert outcomes.count("crashed") >= 5
    for one in whole["properties"]:
        assert one["statement"].endswith("."), one["id"]
        assert one["reason"] is None or "crashed" in one["reason"] or one["outcome"] == "unsupported"
