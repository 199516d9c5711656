"""What the package index has, asked through uv: the versions of a package, and the day on which one came out."""

import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.version import Version

from reports.errors import CannotTell
from reports.gate.installer import ask_uv, reason

# Dependencies are resolved as of so long after a release: some come out a day after what needs them.
_GRACE = timedelta(days=2)
# One page of an index, in seconds.
_PATIENCE = 60
_END_OF_TIME = "2999-12-31"


def versions_between(package: str, first: Version, last: Version, python: Path) -> list[Version]:
    """The final versions that ``python`` can have, in order, without those that were withdrawn; CannotTell."""
    return sorted(_downwards(package, first, f"<={last}", python))


def _downwards(package: str, first: Version, limit: str, python: Path) -> Iterator[Version]:
    while found := _newest(f"{package}>={first},{limit}", python):
        version = Version(found["version"])
        yield version
        limit = f"<{version}"


def newest(package: str, python: Path) -> str:
    """The newest version that ``python`` can have; CannotTell."""
    found = _newest(package, python)
    if found is None:
        raise CannotTell(f"the package index has no {package} for {python}; choose another Python")
    return str(found["version"])


def lowest(package: str, pin: Requirement, python: Path) -> str:
    """The oldest version of a package that goes with a pin of another; CannotTell."""
    answer = _locked(f"{pin}\n{package}\n", python, "--resolution", "lowest-direct")
    if answer.returncode:
        raise CannotTell(f"the package index does not say which {package} {pin} allows: {reason(answer.stderr)}")
    return next(one["version"] for one in tomllib.loads(answer.stdout)["packages"] if one["name"] == package)


def as_released(pins: Iterable[Requirement], python: Path) -> date | None:
    """The day as of which dependencies are resolved: two days after the newest exact pin came out; None without one."""
    days = [day for pin in pins if _is_exact(pin) and (day := _day(f"{pin.name}{pin.specifier}", python))]
    return max(days) + _GRACE if days else None


def _is_exact(pin: Requirement) -> bool:
    return [clause.operator for clause in pin.specifier] == ["=="] and "*" not in str(pin.specifier)


def _day(pin: str, python: Path) -> date | None:
    """The first day of its files, where one of the indexes has it and says so; None where none has it."""
    package = _newest(pin, python, "--exclude-newer", _END_OF_TIME)  # leaves out what has no day
    if package:
        files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
        return min(file["upload-time"].date() for file in files)
    if _newest(pin, python):
        raise CannotTell(f"the package index does not say when {pin} came out; use one that does, or a lock file")
    return None


def can_be_installed(pin: Requirement, python: str, as_of: date) -> bool:
    """Whether there are wheels of the pin and its dependencies for a version of Python, such as 3.12; CannotTell."""
    options = ["--python-version", python, "--only-binary", ":all:", "--exclude-newer", as_of.isoformat()]
    answer = ask_uv("pip", "compile", *options, "--quiet", "-", given=str(pin), seconds=_PATIENCE)
    if answer.returncode and "No solution found" not in answer.stderr:
        raise CannotTell(f"the package index does not say what {pin} needs: {reason(answer.stderr)}")
    return answer.returncode == 0


@cache
def _newest(requirement: str, python: Path, *options: str) -> dict[str, Any] | None:
    """What a pylock.toml says of the newest version that fits; None without one, CannotTell without an answer."""
    answer = _locked(requirement, python, "--no-deps", "--resolution", "highest", *options)
    if answer.returncode == 0:
        (package,) = tomllib.loads(answer.stdout)["packages"]
        return dict(package)
    if "No solution found" in answer.stderr:
        return None
    raise CannotTell(f"the package index does not say which {requirement} there is: {reason(answer.stderr)}")


def _locked(requirements: str, python: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """What uv says of requirements, as a pylock.toml."""
    command = ["pip", "compile", "--python", str(python), *options, "--format", "pylock.toml", "--quiet", "-"]
    return ask_uv(*command, given=requirements, seconds=_PATIENCE)
