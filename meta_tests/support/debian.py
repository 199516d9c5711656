"""Programs of Debian's packages that tests need, installed where one may."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from meta_tests.support.environments import locked


class ProgramMissing(Exception):
    """What a test needs, and this machine has not got; the message is one line."""


def provide(programs: Sequence[str], packages: Sequence[str]) -> None:
    """Install packages of Debian, unless their programs are there; ProgramMissing."""
    if any(shutil.which(program) is None for program in programs):
        install(packages)


def install(packages: Sequence[str]) -> None:
    """Install packages of Debian, one process at a time; ProgramMissing."""
    named = " and ".join(packages)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ProgramMissing(f"{named}: missing, and only root can install Debian's packages; apt-get install {named}")
    # apt refuses a second process at once, and pytest-xdist's workers are several.
    with locked(Path(tempfile.gettempdir()) / "conformance-apt"):
        run(["apt-get", "update", "--quiet"])
        run(["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", *packages])


def run(command: Sequence[str]) -> None:
    """Run a command that installs something; ProgramMissing with what it says last."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise ProgramMissing(f"{' '.join(command)}: {said[-1]}")
