"""One measured run: pytest in a fresh process with a clean environment."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

# What changes how jax, pytest or Hypothesis work must not leak from the caller into a measurement ...
_DROPPED = ("JAX_", "XLA_", "TF_", "NPROC", "PYTEST_", "HYPOTHESIS_", "CI", "GITHUB_", "IMPL", "PYTHON", "NAIVE_")
# ... but for the choice of the device.
_KEPT = ("JAX_PLATFORMS",)


class RunFailed(Exception):
    """A run that is to be measured did not pass, so that its time says nothing."""


@dataclass
class ChapterCost:
    """How many properties of a chapter ran, and the sum of their call phases."""

    properties: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class BenchRun:
    """What one pytest run took.

    ``seconds`` sums the durations of the tests' call phases, ``wall`` is the
    life of the process, imports included, ``examples`` are the valid ones.
    """

    examples: int
    seconds: float
    wall: float
    chapters: Mapping[str, ChapterCost]

    @property
    def rate(self) -> float:
        return self.examples / self.seconds

    @property
    def wall_rate(self) -> float:
        return self.examples / self.wall


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without what bears on a measurement, and with ``extra``."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or not name.startswith(_DROPPED)}
    return kept | dict(extra)


def python(arguments: Sequence[str], environment: Mapping[str, str]) -> float:
    """Run this Python from the project's root; the seconds it took, or RunFailed with the end of its output."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=clean_environment(environment), capture_output=True, text=True
    )
    elapsed = time.perf_counter() - started
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-30:])
        raise RunFailed(f"python {' '.join(arguments)} exited {done.returncode}:\n{tail}")
    return elapsed


def pytest_run(arguments: Sequence[str], environment: Mapping[str, str]) -> BenchRun:
    """Run pytest and read its report; the tests must pass, without any limit of time."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        wall = python(["-m", "pytest", "-q", "-o", "timeout=0", "--report", str(report), *arguments], environment)
        properties = json.loads(report.read_text(encoding="utf-8"))["properties"]
    examples = sum(one["examples"]["valid"] for one in properties)
    chapters: dict[str, ChapterCost] = defaultdict(ChapterCost)
    for one in properties:
        chapters[one["chapter"]].properties += 1
        chapters[one["chapter"]].seconds += one["seconds"]
    return BenchRun(examples, sum(one["seconds"] for one in properties), wall, chapters)
