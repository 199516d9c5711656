"""A process that uses up what a run needs: ``python -m meta_tests.flakes.pressure KIND``, until it is ended."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from meta_tests.flakes.variation import Pressure
from meta_tests.support.runs import ROOT
from reports.processes import die_with_parent

_MEBIBYTE = 2**20


@contextmanager
def under(kind: Pressure) -> Iterator[None]:
    """Inside the block there is pressure of this kind."""
    if kind == Pressure.NONE:
        yield
        return
    number = (os.cpu_count() or 1) if kind == Pressure.CPU else 1
    command = [sys.executable, "-m", "meta_tests.flakes.pressure", kind]
    burners = [subprocess.Popen(command, cwd=ROOT) for _ in range(number)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def _burn(kind: Pressure) -> None:
    while True:
        match kind:
            case Pressure.CPU:
                sum(range(1_000_000))
            case Pressure.MEMORY:
                # Written, so that the system has to find the pages each time.
                bytearray(os.urandom(_MEBIBYTE) * 512)
            case Pressure.DISK:
                _write(64 * _MEBIBYTE)


def _write(size: int) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(os.urandom(size))
        file.flush()
        os.fsync(file.fileno())


if __name__ == "__main__":
    die_with_parent()
    _burn(Pressure(sys.argv[1]))
