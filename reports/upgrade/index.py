"""What the package index has, asked through uv: the versions of a package, and the day on which one came out."""

import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.version import Version

from reports.errors import CannotTell
from reports.upgrade.installer import ask_uv, reason

# Dependencies are resolved as of so long after a release: some come out a day after what needs them.
_GRACE = timedelta(days=2)
# One page of an index, in seconds.
_PATIENCE = 60


def versions_between(package: str, first: Version, last: Version, python: Path) -> list[Version]:
    """The final versions that ``python`` can have, in order, without those that were withdrawn; CannotTell."""
    return sorted(_downwards(package, first, f"<={last}", python))


def _downwards(package: str, first: Version, limit: str, python: Path) -> Iterator[Version]:
    while found := _newest(f"{package}>={first},{limit}", python):
        version = Version(found["version"])
        yield version
        limit = f"<{version}"


def as_released(pins: Iterable[Requirement], python: Path) -> date | None:
    """The day as of which dependencies are resolved: two days after the newest exact pin came out; None without one."""
    exact = [f"{pin.name}{pin.specifier}" for pin in pins if _is_exact(pin)]
    days = [_day(pin, package) for pin in exact if (package := _newest(pin, python))]
    return max(days) + _GRACE if days else None


def _is_exact(pin: Requirement) -> bool:
    return [clause.operator for clause in pin.specifier] == ["=="] and "*" not in str(pin.specifier)


def _day(pin: str, package: dict[str, Any]) -> date:
    files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
    times = [file["upload-time"] for file in files if isinstance(file.get("upload-time"), datetime)]
    if not times:
        raise CannotTell(f"the package index does not say when {pin} came out; use one that does, or a lock file")
    return min(times).date()


@cache
def _newest(requirement: str, python: Path) -> dict[str, Any] | None:
    """What a pylock.toml says of the newest version that fits; None without one, CannotTell without an answer."""
    options = ("--no-deps", "--resolution", "highest", "--format", "pylock.toml", "--quiet")
    answer = ask_uv("pip", "compile", "--python", str(python), *options, "-", given=requirement, seconds=_PATIENCE)
    if answer.returncode == 0:
        (package,) = tomllib.loads(answer.stdout)["packages"]
        return dict(package)
    if "No solution found" in answer.stderr:
        return None
    raise CannotTell(f"the package index does not say which {requirement} there is: {reason(answer.stderr)}")
