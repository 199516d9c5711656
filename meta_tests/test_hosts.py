"""Workers on other hosts: what they find is in the one report, and what is lost with a host is tried or crashed."""

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from meta_tests.support.network import PORT, Host, hosts
from meta_tests.support.runs import ROOT, environment, node, pytest_run, records_of
from meta_tests.support.ssh_server import reached_by_ssh
from reports.plugin.record import flags

# One of which stops its worker, where a test says so, and which has to be the first of a worker's.
PROPERTIES = [
    f"affine.{name}"
    for name in (
        "parameters_have_the_shapes_of_the_call",
        "bias_starts_at_zero",
        "output_is_a_jax_array_of_length_features",
        "input_is_unchanged",
        "zero_input_gives_the_bias",
        "output_is_x_kernel_plus_bias",
    )
]
NODES = [node(one) for one in PROPERTIES]
# On a host with a `TROUBLE` in its environment: the worker is killed, hangs and leaves a note, or is slow.
TROUBLED = """
import os, signal, time
from pathlib import Path
from impl.linen_inside_nnx import linen_inside_nnx as right

def linen_inside_nnx(seed, x, features):
    trouble = os.environ.get("TROUBLE")
    if trouble == "killed" and "bias_starts_at_zero" in os.environ.get("PYTEST_CURRENT_TEST", ""):
        os.kill(os.getpid(), signal.SIGKILL)
    if trouble == "hangs" and "PYTEST_CURRENT_TEST" in os.environ:
        Path(os.environ["HANGS"]).write_text(os.environ["PYTEST_CURRENT_TEST"].partition(" ")[0])
        time.sleep(600)
    if trouble == "slow":
        time.sleep(0.1)
    return right(seed, x, features)
"""


@pytest.fixture(autouse=True)
def as_a_user_starts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what is set in this process for JAX."""
    for name in flags():
        monkeypatch.delenv(name)


@pytest.fixture
def implementation(tmp_path: Path) -> Path:
    """One that does what its host's environment says."""
    path = tmp_path / "troubled.py"
    path.write_text(TROUBLED)
    return path


def _workers(of: Sequence[Host], each: int = 1) -> list[str]:
    """The options that start so many workers on each host."""
    reached = [f"--px=id={host.name}//socket={host.address}:{PORT}" for host in of]
    return [*reached, *(f"--tx={each}*popen//via={host.name}" for host in of), "--dist", "worksteal"]


@contextmanager
def _run(python: Path, report: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    command = [str(python), "-m", "pytest", *NODES, "--hypothesis-profile", "quick", "--report", str(report), *options]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(XDG_CACHE_HOME=str(report.parent)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process
        process.kill()


def _without_times(records: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {key: value for key, value in one.items() if key != "seconds"} for name, one in records.items()}


@pytest.mark.timeout(600)
def test_workers_on_two_hosts_find_what_one_process_finds(newest: Path, tmp_path: Path, implementation: Path) -> None:
    """One of them slow; each has a cache of its own."""
    here, there = tmp_path / "here.json", tmp_path / "there.json"
    common = (*NODES, "--impl", str(implementation), "--hypothesis-profile", "quick")
    assert pytest_run(newest, *common, "-n", "0", "--report", str(here)).returncode == 0
    with hosts(2, tmp_path) as two, two[0].serving(newest), two[1].serving(newest, TROUBLE="slow"):
        done = pytest_run(newest, *common, *_workers(two), "--report", str(there))
    assert done.returncode == 0, done.stdout
    assert _without_times(records_of(there)) == _without_times(records_of(here))
    for host in two:
        assert any((host.folder / "jax").iterdir())


@pytest.mark.timeout(600)
def test_host_is_reached_by_ssh(newest: Path, tmp_path: Path) -> None:
    """Without a server of Python's there."""
    report = tmp_path / "report.json"
    with hosts(1, tmp_path) as (host,), reached_by_ssh(host) as configuration:
        reached = f"--px=id={host.name}//ssh={host.name}//ssh_config={configuration}//python={newest}//chdir={ROOT}"
        with _run(newest, report, reached, f"--tx=popen//via={host.name}", "--dist", "worksteal") as run:
            said, _ = run.communicate()
    assert run.returncode == 0, said
    assert records_of(report).keys() == set(PROPERTIES)


@pytest.mark.timeout(600)
def test_worker_that_is_killed_costs_one_property(newest: Path, tmp_path: Path, implementation: Path) -> None:
    """Its host starts another."""
    report = tmp_path / "report.json"
    with (
        hosts(1, tmp_path) as one,
        one[0].serving(newest, TROUBLE="killed"),
        _run(newest, report, *_workers(one), "--impl", str(implementation)) as run,
    ):
        said, _ = run.communicate()
    outcomes = {name: record["outcome"] for name, record in records_of(report).items()}
    assert outcomes.pop("affine.bias_starts_at_zero") == "crashed", said
    assert outcomes.keys() == set(PROPERTIES) - {"affine.bias_starts_at_zero"}
    assert set(outcomes.values()) == {"passed"}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("end", ["server killed", "cable pulled", "last host"])
def test_host_that_is_lost_costs_the_property_that_ran(
    newest: Path, tmp_path: Path, implementation: Path, end: str
) -> None:
    """What it had still to do is done by the hosts that are left; if none is, beside the controller."""
    report, hangs = tmp_path / "report.json", tmp_path / "hangs.txt"
    with hosts(1 if end == "last host" else 2, tmp_path) as made, ExitStack() as servers:
        lost, *left = made
        server = servers.enter_context(lost.serving(newest, TROUBLE="hangs", HANGS=str(hangs)))
        for host in left:
            servers.enter_context(host.serving(newest))
        with _run(newest, report, *_workers(made), "--impl", str(implementation)) as run:
            while not hangs.exists():
                assert run.poll() is None, run.communicate()
                time.sleep(0.1)
            if end == "cable pulled":
                lost.unplug()
            else:
                os.killpg(server.pid, 9)
            said, _ = run.communicate()
    assert run.returncode == 1, said
    assert said.count(f"host {lost.name} is lost") == 1
    crashed = hangs.read_text()
    records = records_of(report)
    assert records.keys() == set(PROPERTIES)
    for record in records.values():
        assert record["outcome"] == ("crashed" if record["nodeid"] == crashed else "passed"), said


def test_host_that_cannot_be_reached_is_refused(newest: Path, tmp_path: Path) -> None:
    """In one line."""
    with hosts(1, tmp_path) as one:
        done = pytest_run(newest, *NODES, *_workers(one))
    assert done.returncode == 4, done.stdout
    assert f"ERROR: a host of id={one[0].name}//socket={one[0].address}:{PORT} cannot be reached" in done.stdout
    assert "Traceback" not in done.stdout


def test_host_that_is_set_otherwise_is_refused(newest: Path, tmp_path: Path) -> None:
    """A report says what all of its run was done with."""
    with hosts(1, tmp_path) as one, one[0].serving(newest, JAX_ENABLE_X64="1"):
        done = pytest_run(newest, *NODES, *_workers(one))
    assert done.returncode != 0
    assert "JAX_ENABLE_X64 is 1 here, and None where the run was started: make them the same" in done.stdout
    assert "passed" not in done.stdout


def test_host_without_the_suite_is_refused(newest: Path, tmp_path: Path) -> None:
    """In one line, and not by starting workers for ever."""
    with hosts(1, tmp_path) as one:
        server = [str(newest), "-m", "execnet.script.socketserver", f"{one[0].address}:{PORT}"]
        with one[0].running(["env", "--chdir", str(tmp_path), *server]):
            one[0].listens_at(PORT)
            done = pytest_run(newest, *NODES, *_workers(one))
    assert done.returncode == 4, done.stdout
    assert f"ERROR: a worker on host {one[0].name} works in {tmp_path}: have there {ROOT}" in done.stdout


def test_server_of_another_kind_is_refused(newest: Path) -> None:
    """In one line; and so is a name that no host has."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        threading.Thread(target=_answer_once, args=(server,), daemon=True).start()
        done = pytest_run(newest, *NODES, f"--px=id=a//socket=127.0.0.1:{port}", "--tx=popen//via=a", "--dist=load")
    assert (done.returncode, "INTERNALERROR" in done.stdout) == (4, False), done.stdout
    done = pytest_run(newest, *NODES, "--px=id=a//popen", "--tx=popen//via=b", "--dist=load")
    assert (done.returncode, "a host of id=a//popen cannot be reached: 'b'" in done.stdout) == (4, True), done.stdout


def _answer_once(server: socket.socket) -> None:
    connection, _ = server.accept()
    connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")


def test_workers_that_get_nothing_to_do_are_refused(newest: Path) -> None:
    """`pytest-xdist` would run all here, and say nothing."""
    done = pytest_run(newest, *NODES, "--tx=2*popen")
    assert done.returncode == 4
    assert "add --dist worksteal" in done.stdout
