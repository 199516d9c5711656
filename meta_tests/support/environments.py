"""The environments of the releases, which tox makes."""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meta_tests.support.runs import ROOT, environment
from reports.releases.rows import rows

OLDEST = f"flax{rows().names[0]}"
NEWEST = f"flax{rows().newest()}"
STAND_IN = f"flax{rows().newest('3.11')}"


class NoPython(Exception):
    """This machine has no Python for a release; the message is what tox says of it."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One worker at a time does what makes ``path``."""
    with Path(f"{path}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def python_of(release: str, session: Path) -> Path:
    """The Python of a release's environment, made once a session; ``session`` is a path that its workers share."""
    answer = session.with_name(f"{session.name}-{release}")
    with locked(answer):
        if not answer.exists():
            answer.write_text(_made_by_tox(release))
    if answer.read_text():
        raise NoPython(answer.read_text())
    return ROOT / ".tox" / release / "bin" / "python"


def copy_flax(python: Path, target: Path) -> None:
    """Copy the Flax that is installed for this Python into ``target``, which may be there."""
    (package,) = python.parent.parent.glob("lib/python*/site-packages/flax")
    shutil.copytree(package, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


def _made_by_tox(release: str) -> str:
    """Nothing, or why tox skipped the release."""
    # --notest would leave out commands_pre, which installs the release.
    command = [sys.executable, "-m", "tox", "run", "-e", release, "-x", "testenv.commands="]
    made = subprocess.run(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    skipped = [line for line in made.stdout.splitlines() if "skipped because" in line]
    if skipped:
        return skipped[0]
    assert made.returncode == 0, made.stdout
    return ""
