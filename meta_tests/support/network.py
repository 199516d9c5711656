"""Hosts of a network that exists for a test: each a network namespace of Linux with an address of its own."""

import os
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from meta_tests.support import debian
from meta_tests.support.debian import ProgramMissing
from meta_tests.support.runs import ROOT, environment

PORT = 8888
_SECONDS = 30
_NETWORK = "10.213.{network}.{host}"


@dataclass
class Host:
    """A host, and the folder in which it keeps its caches."""

    name: str
    address: str
    folder: Path

    @contextmanager
    def running(self, command: Sequence[str], **changes: str) -> Iterator["subprocess.Popen[bytes]"]:
        """A process on this host, in the suite's folder and a group of its own, which ends with the block."""
        with (
            (self.folder / "said.txt").open("w") as said,
            subprocess.Popen(
                [*_on(self.name), *command],
                cwd=ROOT,
                env=environment(
                    XDG_CACHE_HOME=str(self.folder), JAX_COMPILATION_CACHE_DIR=str(self.folder / "jax"), **changes
                ),
                stdout=said,
                stderr=said,
                start_new_session=True,
            ) as process,
        ):
            try:
                yield process
            finally:
                os.killpg(process.pid, 9)

    @contextmanager
    def serving(self, python: Path, **changes: str) -> Iterator["subprocess.Popen[bytes]"]:
        """A Python that starts workers here for whoever connects."""
        server = [str(python), "-m", "execnet.script.socketserver", f"{self.address}:{PORT}"]
        with self.running(server, **changes) as process:
            self.listens_at(PORT)
            yield process

    def listens_at(self, port: int) -> None:
        """Wait until something does, without asking it anything."""
        deadline = time.monotonic() + _SECONDS
        listening = f"{self.address}:{port}"
        while listening not in _run([*_on(self.name), "ss", "-ltn"]):
            assert time.monotonic() < deadline, (self.folder / "said.txt").read_text()
            time.sleep(0.05)

    def unplug(self) -> None:
        """Nothing that is sent from or to this host arrives any more; neither side gets a message."""
        _run(["ip", "link", "set", _link(self.name), "down"])


@contextmanager
def hosts(number: int, folder: Path) -> Iterator[list[Host]]:
    """That many hosts that this one reaches; the test is skipped where a process may not make them."""
    try:
        debian.provide(["ip", "ss"], ["iproute2"])
    except ProgramMissing as reason:
        pytest.skip(str(reason))
    with ExitStack() as undone:
        try:
            made = list(_made(number, folder, undone))
        except subprocess.CalledProcessError as error:
            pytest.skip(f"network namespaces cannot be made here: {error.stderr.strip()}")
        yield made


def _made(number: int, folder: Path, undone: ExitStack) -> Iterator[Host]:
    mark = uuid.uuid4().hex[:6]
    network, bridge = int(mark, 16) % 250 + 1, f"b{mark}"
    _run(["ip", "link", "add", bridge, "type", "bridge"])
    undone.callback(_run, ["ip", "link", "del", bridge])
    _run(["ip", "addr", "add", f"{_NETWORK.format(network=network, host=1)}/24", "dev", bridge])
    _run(["ip", "link", "set", bridge, "up"])
    for count in range(number):
        host = Host(f"h{count}{mark}", _NETWORK.format(network=network, host=count + 2), folder / f"host{count}")
        host.folder.mkdir()
        _run(["ip", "netns", "add", host.name])
        undone.callback(_run, ["ip", "netns", "del", host.name])
        inside = ["ip", "-n", host.name]
        _run(["ip", "link", "add", _link(host.name), "type", "veth", "peer", "name", "eth0", "netns", host.name])
        _run(["ip", "link", "set", _link(host.name), "master", bridge, "up"])
        _run([*inside, "addr", "add", f"{host.address}/24", "dev", "eth0"])
        _run([*inside, "link", "set", "eth0", "up"])
        _run([*inside, "link", "set", "lo", "up"])
        _run([*_on(host.name), "true"])
        yield host


def _on(name: str) -> list[str]:
    return ["ip", "netns", "exec", name]


def _link(name: str) -> str:
    return f"v{name}"


def _run(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
