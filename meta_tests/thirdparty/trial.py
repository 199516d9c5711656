"""The generic properties for every module on one release: a run per package, in the environment of a lock file."""

import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from packaging.version import Version

from meta_tests.support.runs import ROOT, pytest_run
from reports.gate.environments import Installation, build, find_python, resolve
from reports.gate.target import RequirementsFile
from reports.load import read
from reports.model import Property, Report

FOLDER = Path(__file__).parent
LOCKS = {path.stem: path for path in FOLDER.glob("locks/*.txt")}
# The newest first.
RELEASES = sorted(LOCKS, key=Version, reverse=True)
# One file per package: netket switches 64 bits on for its whole process.
SUBJECTS = sorted(FOLDER.glob("subjects/[a-z]*.py"))
PROFILE = "quick"
_PYTHON = "3.12"
_FIRST = "init"


class Alarm(NamedTuple):
    """A property that does not hold of a module; where nothing was raised, how it ended and why."""

    property: str
    exception: str
    message: str


class Outcome(NamedTuple):
    """What became of one module on one release."""

    release: str
    package: str
    version: str
    module: str
    passed: int
    # Properties of what the module does not have, such as a collection that changes.
    not_concerned: int
    alarms: list[Alarm]


class Died(Exception):
    """A run that ended without having asked everything."""


def tried(release: str) -> list[Outcome]:
    """Every module on this release of Flax."""
    environment = build(resolve(release, RequirementsFile(LOCKS[release]), find_python(_PYTHON)))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = pool.map(lambda subjects: _of_package(release, environment, subjects), SUBJECTS)
        return [outcome for found in runs for outcome in found]


def _of_package(release: str, environment: Installation, subjects: Path) -> list[Outcome]:
    package = subjects.stem.replace("_", "-")
    return list(outcomes(release, package, environment.packages[package], _report(environment.python, subjects)))


def outcomes(release: str, package: str, version: str, report: Report) -> Iterator[Outcome]:
    """What a report says of each module."""
    asked = {found.id.partition("[")[0] for found in report.properties}
    for module in [_parameter(found) for found in report.properties if found.id.startswith(f"subjects.{_FIRST}[")]:
        found = [one for one in report.properties if _parameter(one) == module]
        passed = sum(one.outcome == "passed" for one in found)
        alarms = [_alarm(one) for one in found if _is_alarm(one)]
        yield Outcome(release, package, version, module, passed, len(asked) - passed - len(alarms), alarms)


def _report(python: Path, subjects: Path) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        path, file = Path(folder) / "report.json", str(subjects.relative_to(ROOT))
        options = ("-n", "0", "--hypothesis-profile", PROFILE, "--subjects", file, "--report", str(path))
        run = pytest_run(python, "properties/test_subjects.py", *options, PYTHONHASHSEED="0")
        if not path.exists() or not (report := read(path)).complete:
            raise Died(f"{file}: {run.stdout[-4000:]}")
        return report


def _parameter(found: Property) -> str:
    return found.id.partition("[")[2].removesuffix("]")


def _is_alarm(found: Property) -> bool:
    # A module that plain Linen refuses is unsupported at the first property, and asked nothing else.
    refused = found.outcome == "unsupported" and found.id.startswith(f"subjects.{_FIRST}[")
    return refused or found.outcome not in ("passed", "unsupported")


def _alarm(found: Property) -> Alarm:
    name = found.id.partition("[")[0].removeprefix("subjects.")
    failure = found.failure
    return Alarm(name, *((failure.exception, failure.message) if failure else (found.outcome, found.reason or "")))
