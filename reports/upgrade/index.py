"""What the package index has: the versions of a package and when each came out (PEP 691 and PEP 700)."""

import json
import os
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from reports.errors import CannotTell

_JSON = "application/vnd.pypi.simple.v1+json"
# Dependencies are resolved as of so long after a release: some come out a day after what needs them.
_GRACE = timedelta(days=2)


@dataclass(frozen=True, order=True)
class Published:
    """A version of a package and the day on which it came out (UTC)."""

    version: Version
    day: date
    # Still installed where it is pinned, and by nothing else.
    withdrawn: bool = False


@cache
def published(package: str) -> list[Published]:
    """The final versions of ``package``, in order; CannotTell where the index gives none."""
    address = f"{_index()}/{package}/"
    try:
        request = urllib.request.Request(address, headers={"Accept": _JSON})
        with urllib.request.urlopen(request, timeout=60) as answer:
            files = json.load(answer)["files"]
        found = _versions(files)
    except (OSError, ValueError, KeyError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise CannotTell(
            f"the package index does not say which versions {package} has ({address}: {reason})"
        ) from error
    return sorted(one for one in found if not one.version.is_prerelease)


def _index() -> str:
    named = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("UV_INDEX_URL") or "https://pypi.org/simple"
    return named.rstrip("/")


def _versions(files: Iterable[dict[str, Any]]) -> list[Published]:
    of_version: dict[Version, list[dict[str, Any]]] = {}
    for file in files:
        version = _version(str(file["filename"]))
        if version is not None:
            of_version.setdefault(version, []).append(file)
    return [
        Published(
            version,
            min(datetime.fromisoformat(file["upload-time"]).date() for file in files),
            all(bool(file.get("yanked")) for file in files),
        )
        for version, files in of_version.items()
    ]


def _version(filename: str) -> Version | None:
    try:
        return parse_wheel_filename(filename)[1] if filename.endswith(".whl") else parse_sdist_filename(filename)[1]
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def as_released(pins: Iterable[Requirement]) -> date | None:
    """The day as of which dependencies are resolved: two days after the newest exact pin came out; None without one."""
    days = []
    for pin in pins:
        exact = [clause.version for clause in pin.specifier if clause.operator == "==" and "*" not in clause.version]
        if len(exact) == 1:
            days += [one.day for one in published(pin.name) if one.version == Version(exact[0])]
    return max(days) + _GRACE if days else None
