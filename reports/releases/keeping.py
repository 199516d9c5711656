"""Takes a run into the committed evidence, and uses the evidence where a run would give the same."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache

import msgspec
from packaging.version import InvalidVersion, Version

from reports import releases
from reports.compare import settings
from reports.digest import suite_digests
from reports.errors import BadInput
from reports.model import OWN_SUBJECTS, REFERENCE_IMPLEMENTATION, Report
from reports.places import PYPROJECT
from reports.releases.rows import rows
from reports.vocabulary import Outcome

# What decides how Flax behaves, of all that a report names.
_DECISIVE = ("flax", "jax", "jaxlib", "numpy")


def fitting(packages: Mapping[str, str], python: str, profile: str) -> Report | None:
    """The committed evidence that a run of these packages on this Python (3.12) would give again; None without one."""
    release = str(packages.get("flax"))
    if release not in releases.releases():
        return None
    report = releases.report_of(release)
    wanted = {**{name: packages.get(name) for name in _DECISIVE}, "hypothesis": _pinned("hypothesis")}
    same = report.environment.python.startswith(f"{python}.") and all(
        report.environment.packages.get(name) == version for name, version in wanted.items()
    )
    asked = (report.suite.digest, report.suite.profile, report.suite.selection) == (suite_digests(), profile, "")
    return report if same and asked else None


@cache
def _pinned(tool: str) -> str:
    """The version of a test tool that every environment gets."""
    tools = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["dependency-groups"]["tests"]
    return next(str(one).removeprefix(f"{tool}==") for one in tools if str(one).startswith(f"{tool}=="))


@cache
def property_ids() -> frozenset[str]:
    """Those of the properties with the suite's own subjects, as the newest release has them; none without evidence."""
    known = releases.releases()
    return frozenset(releases.report_of(known[-1]).by_id) if known else frozenset()


def keep(report: Report) -> None:
    """Take a run into the evidence; one that says the same as before changes nothing.

    A report of whole chapters takes the place of these chapters alone, where the rest was run with the same packages.
    """
    flax = report.environment.flax
    if not report.complete or report.shards.missing:
        raise BadInput(f"the report of flax {flax} is of a part of the properties; run all of them")
    unfit = list(_unfit(report))
    if unfit:
        raise BadInput(f"the report of flax {flax} {unfit[0]}; run the suite as it is, with the profile gate")
    bad = [found.id for found in report.properties if found.outcome in (Outcome.FAILED, Outcome.CRASHED)]
    if bad:
        raise BadInput(f"on flax {flax} {bad[0]} failed or crashed ({len(bad)} in all); it is to be fixed, or known")
    try:
        Version(flax)
    except InvalidVersion as error:
        raise BadInput(f"{flax!r} is no version of Flax; run the properties where one is installed") from error
    if flax not in rows().names:
        raise BadInput(
            f"flax {flax} is no release that the suite runs on; add it with python -m reports release {flax}"
        )
    before = {release: releases.report_of(release) for release in releases.releases()}
    if report.suite.selection:
        report = _with_chapters(_named_chapters(report), report, before.get(flax))
    kept = releases.of_reports({**before, flax: report}.values())
    if _undated(kept) != _undated(releases.history()):
        releases.write(kept)


def _unfit(report: Report) -> Iterable[str]:
    """Why a report does not say what the suite itself does on a release."""
    if report.implementation != REFERENCE_IMPLEMENTATION:
        yield f"is of the implementation {report.implementation}"
    if report.subjects != OWN_SUBJECTS:
        yield f"is of the subjects {report.subjects}"
    if report.suite.profile != "gate":
        yield f"was made with the profile {report.suite.profile}"
    if changed := settings(report.environment):
        yield f"was made with {' '.join(changed)}"
    if report.environment.backend is None or not report.environment.devices:
        yield "names no device"
    if not report.properties:
        yield "holds no property"


def _named_chapters(report: Report) -> set[str]:
    words = report.suite.selection.split()
    chapters = {match[1] for word in words if (match := re.fullmatch(r"properties/test_(\w+)\.py", word))}
    if len(chapters) != len(words):
        raise BadInput(
            f"the report of flax {report.environment.flax} is of a part of the properties, {report.suite.selection}; "
            "run all of them, or whole chapters, such as properties/test_jit.py"
        )
    return chapters


def _with_chapters(chapters: set[str], new: Report, before: Report | None) -> Report:
    """The committed report with these chapters as they are in the new one."""
    if before is None or _circumstances(before) != _circumstances(new):
        raise BadInput(
            f"the report of flax {new.environment.flax} is of some chapters, and the others were not run like this; "
            "run all of the properties"
        )
    others = {found.chapter for found in new.properties} - chapters
    if others:
        raise BadInput(
            f"the report of flax {new.environment.flax} also holds the chapters {', '.join(sorted(others))}, which "
            f"{new.suite.selection!r} does not name; run the named ones alone"
        )
    digests = {name: digest for name, digest in new.suite.digest.items() if name in chapters}
    kept = [found for found in before.properties if found.chapter not in chapters]
    return msgspec.structs.replace(
        new,
        suite=msgspec.structs.replace(new.suite, digest={**before.suite.digest, **digests}, selection=""),
        properties=[*kept, *new.properties],
        collected=len(kept) + len(new.properties),
    )


def _circumstances(report: Report) -> tuple[object, ...]:
    environment = report.environment
    packages = [environment.packages.get(name) for name in (*_DECISIVE, "hypothesis")]
    minor = environment.python.rpartition(".")[0]
    return packages, minor, report.suite.profile, report.implementation, report.subjects, len(environment.devices)


def _undated(found: releases.History) -> str:
    runs = [msgspec.structs.replace(run, started="2000-01-01", ended="2000-01-01") for run in found.runs]
    return releases.written(releases.History(runs, found.lines))
