"""Adds a release of Flax: its row, and what is written from the rows."""

from collections.abc import Iterator
from datetime import date

from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from reports import releases
from reports.atomic_write import write_whole
from reports.errors import BadInput
from reports.gate.environments import find_python
from reports.gate.pypi import as_released, can_be_installed, versions_between
from reports.releases import rows, tox_ini
from reports.releases.rows import PYTHONS, ReleaseRow


def add(release: str | None) -> Iterator[str]:
    """Add the row of a release that has none, write what follows from the rows; each step that is done or left.

    BadInput where there is no such release or no checkout, CannotTell where the package index does not answer.
    """
    if not tox_ini.TOX_INI.exists():
        raise BadInput("there is no tox.ini next to the suite; add a release in a checkout of the suite")
    if release and release not in rows.rows().names:
        row = _row(release)
        write_whole(rows.FILE, rows.with_row(rows.FILE.read_text(encoding="utf-8"), release, row))
        rows.rows.cache_clear()
        yield f"{rows.FILE.name}: flax {release}, packages as of {row.as_of}, Python {', '.join(row.pythons)}"
    before = tox_ini.TOX_INI.read_text(encoding="utf-8")
    after = tox_ini.renewed(before, rows.rows())
    if after != before:
        write_whole(tox_ini.TOX_INI, after)
        yield "tox.ini: it follows"
    yield from _steps([one for one in rows.rows().names if one not in releases.releases()])


def _steps(missing: list[str]) -> Iterator[str]:
    """What is left to do for the releases that there is no evidence of."""
    if not missing:
        yield "there is evidence of every release"
        return
    yield "now run the properties, take the report into the evidence, and renew the pages:"
    for name in missing:
        yield f"    tox run -e flax{name}"
        yield f"    python -m reports keep reports/runs/flax{name}.json"
        yield f"    python -m reports api --keep .tox/flax{name}/bin/python"
        if known := releases.releases():
            yield f"    python -m reports cross {known[-1]} {name}"
    yield "    tox run -e docs"


def _row(release: str) -> ReleaseRow:
    """How a release of the package index is installed."""
    try:
        version = Version(release)
    except InvalidVersion as error:
        raise BadInput(f"{release!r} is no version; give one such as {rows.rows().newest()}") from error
    python = find_python(None)
    if release not in map(str, versions_between("flax", version, version, python)):
        raise BadInput(f"the package index has no flax {release}, or it was withdrawn; give the version in full")
    pin = Requirement(f"flax=={release}")
    as_of = as_released([pin], python)
    assert as_of is not None, "what the index has came out on a day"
    return ReleaseRow(as_of, _pythons(pin, as_of))


def _pythons(pin: Requirement, as_of: date) -> list[str]:
    found = [python for python in PYTHONS if can_be_installed(pin, python, as_of)]
    if not found:
        raise BadInput(f"{pin} cannot be installed on Python {', '.join(PYTHONS)}; add a newer Python to rows.py")
    return found
