"""A Redis server of Debian's package, which ends with the block."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from meta_tests.support import debian
from meta_tests.support.debian import ProgramMissing

_PROGRAM = "redis-server"
_SECONDS = 10


@contextmanager
def running(folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A server that keeps its data in ``folder`` and answers at 127.0.0.1:port.

    Where there is no such program the test is skipped, but in CI, which has to have it.
    """
    try:
        debian.provide([_PROGRAM], [_PROGRAM])
    except ProgramMissing as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(reason))
    command = [_PROGRAM, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            _await(port)
            yield process
        finally:
            process.kill()


def free_port() -> int:
    """A port at which nothing answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"{_PROGRAM} does not answer at port {port}")
