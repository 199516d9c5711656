"""Runs the properties, or a small program, in an environment, and says how it ended when it did not end well."""

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.errors import BadInput
from reports.gate.environments import Installation
from reports.load import read
from reports.model import Report
from reports.paths import PROPERTIES, PYPROJECT, ROOT
from reports.plugin.examples import OPTION
from reports.processes import finished, started

Progress = Callable[[str, int, int], None]  # the chapter of the last property that is done, how many are, of how many

# As long as a property may take.
_PATIENCE = 300
# What pytest says of a command line that selects nothing.
_NOTHING_SELECTED = 5
# pytest-xdist's line: [gw0] [ 12/1022] PASSED properties/test_jit.py::test_outputs
_COUNT = re.compile(r"\[\s*(\d+)/(\d+)\].*\btest_(\w+)\.py::")
_PROBE = """
from importlib.metadata import version
import flax, jax
try:
    from flax.nnx import bridge
except ImportError as error:
    raise SystemExit(f"ImportError: {error}")
"""


def silent(chapter: str, done: int, of: int) -> None:
    """Tell nobody how far a run is."""


class DidNotRun(Exception):
    """The properties could not be run in an environment; the message is one line that names it."""


class CannotImport(DidNotRun):
    """Flax is installed there and cannot be imported."""


class Died(DidNotRun):
    """The run ended before it could write its report."""


class Killed(DidNotRun):
    """The run was ended by a signal, which says nothing of what it ran: its workers are processes of their own."""


@dataclass(frozen=True)
class Options:
    """What a run is asked for, the same on both sides."""

    implementation: str | None = None
    subjects: str | None = None
    models: str | None = None
    profile: str = "gate"
    selection: str | None = None
    workers: int = 2
    # The one example that properties are to be tried on.
    example: str | None = None
    # Which part of the properties, and of how many.
    shard: tuple[int, int] | None = None

    @property
    def arguments(self) -> list[str]:
        named = [f"--impl={self.implementation}"] if self.implementation else []
        named += [f"--subjects={self.subjects}"] if self.subjects else []
        named += [f"--models={self.models}"] if self.models else []
        selected = ["-k", self.selection] if self.selection else []
        selected += [f"{OPTION}={self.example}"] if self.example else []
        selected += [f"--group={self.shard[0]}", f"--splits={self.shard[1]}"] if self.shard else []
        return [*named, *selected, f"--hypothesis-profile={self.profile}"]


def run_properties(environment: Installation, options: Options, progress: Progress, only: Sequence[str] = ()) -> Report:
    """The report of the properties in ``environment``, or of those whose node ids ``only`` lists; DidNotRun."""
    targets = [f"{ROOT}/{nodeid}" for nodeid in only] or [str(PROPERTIES)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = [
            *(str(environment.python), "-m", "pytest", "-c", str(PYPROJECT), "--rootdir", str(ROOT), *targets),
            *("-v", "-o", "console_output_style=count", "--tb=no", "--report", str(path)),
            *("-n", str(options.workers), "--dist", "worksteal", *options.arguments),
        ]
        status, output = _watched(command, _environ(), progress)
        if status == _NOTHING_SELECTED and options.selection and not options.shard:
            raise BadInput(f"no property matches -k {options.selection!r}; name a part of a property's id")
        report = read(path) if path.exists() else None
    if report is None or not report.complete:
        raise _why(environment, status, output)
    return report


def run_program(
    environment: Installation, arguments: Sequence[str], seconds: float = _PATIENCE
) -> "subprocess.CompletedProcess[str]":
    """Run Python there with the suite importable, for as long as a property may take, or for so many seconds."""
    return finished([str(environment.python), *arguments], _environ(), seconds)


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it says nothing"


def _environ() -> Mapping[str, str]:
    # What a user's shell says must reach the run by the gate's own options, or be recorded in its report.
    foreign = ("PYTEST_", "PYTHON", "VIRTUAL_ENV", "IMPL", "SUBJECTS", "MODELS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    kept["PYTHONHASHSEED"] = "0"  # as conftest.py has it for its workers
    # The suite first, then the user's own modules, which may have the names of the suite's.
    path = {"PYTHONPATH": os.pathsep.join([str(ROOT), os.getcwd()]), "PYTHONSAFEPATH": "1"}
    return kept | path | {"PYTHONUNBUFFERED": "1"}


def _watched(command: Sequence[str], environ: Mapping[str, str], progress: Progress) -> tuple[int, str]:
    lines: list[str] = []
    with started(command, environ, subprocess.PIPE, subprocess.STDOUT) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            counted = _COUNT.search(line)
            if counted:
                progress(counted[3], int(counted[1]), int(counted[2]))
        process.wait()
    return process.returncode, "".join(lines)


def _why(environment: Installation, status: int, output: str) -> DidNotRun:
    if status < 0:
        return Killed(f"{environment.label}: the run was {_ending(status, output)}")
    probe = run_program(environment, ["-c", _PROBE])
    if probe.returncode != 0:
        return CannotImport(f"{_versions(environment)} cannot be imported: {_ending(probe.returncode, probe.stderr)}")
    # What the suite refuses it refuses in one line, which a worker of pytest shows in its own way.
    refusal = r"^(?:ERROR: |E +)?(implementation .*|linen_inside_nnx of .*|subjects .*|models .*|setting .*)$"
    refused = re.search(refusal, output, re.MULTILINE)
    if refused:
        return DidNotRun(f"{_versions(environment)}: {refused[1]}")
    return Died(f"{_versions(environment)}: the run died, {_ending(status, output)}")


def _versions(environment: Installation) -> str:
    ask = "from importlib.metadata import version as v; print(f\"flax {v('flax')} with jax {v('jax')}\")"
    told = run_program(environment, ["-c", ask])
    return told.stdout.strip() if told.returncode == 0 else environment.label


def _ending(status: int, output: str) -> str:
    if status < 0:
        name = signal.Signals(-status).name
        memory = ", which the system also sends when memory runs out" if name == "SIGKILL" else ""
        return f"ended by {name}{memory} ({last_line(output)})"
    return last_line(output)
