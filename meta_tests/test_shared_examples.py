"""Hunts on several machines share what fails, through a real Redis server, and outlive its loss."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis.database import ExampleDatabase
from redis import Redis

from meta_tests.support.redis_server import free_port, running
from meta_tests.support.runs import ROOT, environment, node, pytest_run, records_of
from reports.plugin.shared_examples import SharedExamples

PROPERTY = node("affine.output_is_x_kernel_plus_bias")
# The seed with which an implementation is called when it is loaded.
_LOADERS = 0
# More than there are workers: a property asks the server when it begins.
PROPERTIES = [
    node(f"affine.{name}")
    for name in (
        "parameters_have_the_shapes_of_the_call",
        "bias_starts_at_zero",
        "output_is_a_jax_array_of_length_features",
        "input_is_unchanged",
    )
]
# Wrong for one seed in thirty, and tells each seed that it is called with.
RARELY_WRONG = """
import os
from impl.linen_inside_nnx import linen_inside_nnx as right

def linen_inside_nnx(seed, x, features):
    with open(os.environ["SEEN"], "a") as seen:
        print(int(seed), file=seen)
    y = right(seed, x, features)
    return y + (x * x).sum() if int(seed) % 31 == 7 else y
"""


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Where a server answers."""
    number = free_port()
    with running(tmp_path, number):
        yield number


def _hunt(python: Path, machine: Path, **changes: str) -> tuple[int, list[int]]:
    """A hunt on a machine of its own: the exit code, and the seeds that were tried, those of the loader included."""
    machine.mkdir()
    wrong, seen = machine / "rarely_wrong.py", machine / "seen.txt"
    wrong.write_text(RARELY_WRONG)
    done = pytest_run(
        python,
        PROPERTY,
        *("-n", "0", "--hypothesis-profile", "hunt", "--impl", str(wrong)),
        **{"XDG_CACHE_HOME": str(machine), "SEEN": str(seen), **changes},
    )
    return done.returncode, [int(line) for line in seen.read_text().split()]


@pytest.mark.timeout(600)
def test_what_one_hunt_finds_another_tries_first(newest: Path, tmp_path: Path, port: int) -> None:
    """On a machine whose own database is empty."""
    shared = {"HYPOTHESIS_DATABASE_URL": f"redis://127.0.0.1:{port}/0"}
    code, _ = _hunt(newest, tmp_path / "one", **shared)
    assert code == 1
    code, tried = _hunt(newest, tmp_path / "two", **shared)
    assert code == 1
    assert next(seed for seed in tried if seed != _LOADERS) % 31 == 7


@pytest.mark.timeout(600)
def test_lost_server_is_said_once(newest: Path, tmp_path: Path) -> None:
    """Whatever the number of workers; the run goes on, and no property is lost."""
    port, report = free_port(), tmp_path / "report.json"
    options = ("-n", "2", "--hypothesis-profile", "hunt", "--report", str(report))
    command = [str(newest), "-m", "pytest", *PROPERTIES, *options]
    with running(tmp_path, port) as server:
        hunt = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(
                HYPOTHESIS_DATABASE_URL=f"redis://:secret@127.0.0.1:{port}/0", XDG_CACHE_HOME=str(tmp_path)
            ),
            stdout=subprocess.PIPE,
            text=True,
        )
        with Redis(port=port) as client:
            while client.info("stats")["total_connections_received"] < 4:  # the workers', and this one
                assert hunt.poll() is None
                time.sleep(0.1)
        server.kill()
    said, _ = hunt.communicate()
    assert hunt.returncode == 0, said
    lines = [line for line in said.splitlines() if "Redis server" in line]
    assert len(lines) == 1
    assert f"The Redis server at 127.0.0.1:{port} did not answer for a part of the run (ConnectionError)" in lines[0]
    assert "secret" not in said
    assert all(record["outcome"] in ("passed", "observed") for record in records_of(report).values())


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://:secret@127.0.0.1:{port}/0", "server at 127.0.0.1:{port} cannot be used (ConnectionError); correct"),
        ("redis://user:123/secret@127.0.0.1:{port}", "server at user:123 cannot be used"),
        ("redis://host..example:{port}/0", "server at host..example:{port} cannot be used (UnicodeError)"),
        ("redis://127.0.0.1:{port}/0?foo=secret", "cannot be used (TypeError)"),
        ("127.0.0.1:{port}", "no address of a Redis server; give one as redis://host:6379/0"),
        ("redis://:pa[ss@localhost:{port}/0", "no address of a Redis server"),
        ("redis://127.0.0.1:{port}/0?decode_responses=True", "leave decode_responses out of the address"),
    ],
)
def test_server_that_cannot_be_used_is_refused(newest: Path, url: str, said: str) -> None:
    """In a line without the password, before anything is tried."""
    port = free_port()
    address = url.format(port=port)
    done = pytest_run(newest, PROPERTY, "--hypothesis-profile", "hunt", HYPOTHESIS_DATABASE_URL=address)
    assert done.returncode == 4
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("ERROR"))
    assert said.format(port=port) in line
    assert "secret" not in done.stdout


def test_profiles_that_keep_no_examples_ask_no_server(newest: Path) -> None:
    """The variable may be set for all runs of a machine."""
    done = pytest_run(newest, PROPERTY, "-n", "0", "--hypothesis-profile", "quick", HYPOTHESIS_DATABASE_URL="none")
    assert done.returncode == 0, done.stdout


def test_seed_beside_a_server_is_refused(newest: Path) -> None:
    """Hypothesis asks no database where it is given a seed."""
    options = ("--hypothesis-profile", "hunt", "--hypothesis-seed", "1")
    done = pytest_run(newest, PROPERTY, *options, HYPOTHESIS_DATABASE_URL="redis://127.0.0.1/0")
    assert done.returncode == 4
    assert "leave out --hypothesis-seed, or unset HYPOTHESIS_DATABASE_URL" in done.stdout


def test_another_implementation_has_examples_of_its_own(tmp_path: Path) -> None:
    """What does not fail there is deleted there."""
    port = free_port()
    with running(tmp_path, port):
        one, other = (SharedExamples(Redis(port=port), of) for of in ("one", "other"))
        one.save(b"a property", b"an example")
        assert list(other.fetch(b"a property")) == []
        other.delete(b"a property", b"an example")
        assert list(one.fetch(b"a property")) == [b"an example"]


def test_server_that_comes_back_is_asked_again(tmp_path: Path) -> None:
    """After a pause, in which no time is spent on it."""
    port = free_port()
    examples: ExampleDatabase = SharedExamples(Redis(port=port), "a release", pause=0)
    patient = SharedExamples(Redis(port=port), "a release", pause=60)
    with running(tmp_path, port):
        for each in (examples, patient):
            each.save(b"a property", b"an example")
    for each in (examples, patient):
        assert list(each.fetch(b"a property")) == []
    with running(tmp_path, port):
        assert list(examples.fetch(b"a property")) == [b"an example"]
        assert list(patient.fetch(b"a property")) == []
