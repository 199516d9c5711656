"""Runs of the suite by another Python, and the reports that they leave."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from reports.model import Property
from reports.releases import report_of

ROOT = Path(__file__).parent.parent.parent


def environment(**changes: str) -> dict[str, str]:
    """This process's environment without what pytest and xdist say of themselves in it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    for name in ("IMPL", "NPROC", "XLA_FLAGS"):
        inherited.pop(name, None)
    return inherited | changes


def pytest_run(python: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """``python -m pytest`` from the repository's root; stderr is joined to stdout."""
    return subprocess.run(
        [str(python), "-m", "pytest", *arguments],
        cwd=ROOT,
        env=environment(**changes),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def modules(folder: str) -> list[Path]:
    """The modules of a folder of the suite's own tests."""
    return [path for path in sorted((ROOT / "meta_tests" / folder).glob("*.py")) if path.stem != "__init__"]


def records_of(report: Path) -> dict[str, dict[str, Any]]:
    """The records of a report by property."""
    return {record["id"]: record for record in json.loads(report.read_text())["properties"]}


def node(property_id: str) -> str:
    """Where pytest finds a property."""
    chapter, _, name = property_id.partition(".")
    return f"properties/test_{chapter}.py::test_{name}"


def chapters_of_the_entry() -> list[str]:
    """The chapters that test the implementation; the others test Flax's bridge with modules of their own."""
    chapters = sorted((ROOT / "properties").glob("test_*.py"))
    return [str(path.relative_to(ROOT)) for path in chapters if "impl: Implementation" in path.read_text()]


@cache
def evidence_of_the_entry(release: str) -> dict[str, Property]:
    """What the committed evidence says of the reference on a release, in the chapters that test it, by property."""
    chapters = {Path(path).stem.removeprefix("test_") for path in chapters_of_the_entry()}
    return {name: found for name, found in report_of(release).by_id.items() if found.chapter in chapters}


class Forks:
    """Many runs by one Python, each in a process of its own that is forked after the import of jax."""

    def __init__(self, python: Path, **changes: str) -> None:
        self._server = subprocess.Popen(
            [str(python), "-m", "meta_tests.support.forking"],
            cwd=ROOT,
            env=environment(**changes),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def records(self, directory: Path, *arguments: str) -> dict[str, dict[str, Any]]:
        """Run pytest with these arguments, in series; the records of its report by property."""
        report, output = directory / "report.json", directory / "output.txt"
        line = json.dumps([["-n", "0", "-q", "--report", str(report), *arguments], str(output)])
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        print(line, file=self._server.stdin, flush=True)
        status = self._server.stdout.readline().strip()
        assert report.exists(), f"exit status {status}, no report:\n{output.read_text()}"
        return records_of(report)

    def close(self) -> None:
        """End the process from which runs are forked."""
        self._server.communicate()
