"""Takes a run into the committed evidence, and uses the evidence where a run would give the same."""

import shlex
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from itertools import pairwise

import msgspec
from packaging.version import InvalidVersion, Version

from reports import releases
from reports.compare import settings
from reports.digests.definitions import paragraph
from reports.digests.digest import digest_of, sentences
from reports.errors import BadInput
from reports.model import OWN_MODELS, OWN_SUBJECTS, REFERENCE_IMPLEMENTATION, Property, Report
from reports.paths import PYPROJECT
from reports.releases import checkpoints, model_checkpoints
from reports.releases.rows import rows
from reports.vocabulary import Outcome

# What decides how Flax behaves, of all that a report names.
_DECISIVE = ("flax", "jax", "jaxlib", "numpy")
# So many properties are named each by itself, and more by what they are parameters of.
_FEW = 20


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
    return report if same and report.suite.profile == profile and not stale(release) else None


def stale(release: str) -> list[Property]:
    """The properties whose code, or whose known failures, have changed since they were run on a release."""
    report = releases.report_of(release)
    return [one for one in report.properties if report.suite.digest[one.id] != digest_of(one.id, release)]


def reworded() -> dict[str, releases.PropertyLine]:
    """Each property whose sentence, advice or feature reads otherwise now, with the words of now."""
    now = ((line, _worded(line)) for line in releases.history().lines)
    return {line.id: worded for line, worded in now if worded != line}


def _worded(line: releases.PropertyLine) -> releases.PropertyLine:
    said, feature = sentences(line.id)
    if feature is not None:
        line = msgspec.structs.replace(line, feature=paragraph(feature, 0))
    if said is not None:
        line = msgspec.structs.replace(line, statement=paragraph(said, 0), advice=paragraph(said, 1) or None)
    return line


def reword() -> None:
    """Take the words of now into the evidence, for which nothing has to run."""
    words, kept = reworded(), releases.history()
    if words:
        releases.write(releases.ReleaseHistory(kept.runs, [words.get(line.id, line) for line in kept.lines]))


def to_run_again() -> Iterable[str]:
    """A line for each command that renews what is stale on some releases, with how much that is, and for sentences."""
    stale_alike: dict[tuple[int, str], list[str]] = defaultdict(list)
    for release in reversed(releases.releases()):
        found = stale(release)
        if found:
            few = len(found) <= _FEW
            tests = sorted({one.nodeid if few else one.nodeid.partition("[")[0] for one in found})
            stale_alike[len(found), shlex.join(tests)].append(release)
    for (count, named), alike in stale_alike.items():
        whole = 1 < len(alike) == len(releases.releases())
        on = "each release" if whole else f"flax {', '.join(alike)}"
        where = "-m history" if whole else f"-e {','.join(f'flax{release}' for release in alike)}"
        yield f"{on}: {count} stale: tox run {where} -- {named}"
    if words := reworded():
        yield f"sentences: {len(words)} stale: python -m reports keep"


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


def to_cross_again() -> Iterable[str]:
    """For each pair of neighbours whose checkpoints were not tried, or not as they are now, the command that does."""
    missing = {*checkpoints.missing(), *model_checkpoints.missing()}
    for old, new in pairwise(releases.releases()):
        if (old, new) not in missing and (new, old) not in missing:
            continue
        yield f"checkpoints {old}, {new}: python -m reports cross {old} {new}"


def keep(report: Report) -> None:
    """Take a run into the evidence; one that says the same as before changes nothing.

    A run of some properties takes the place of these alone, where the others were run with the same packages. A run
    of all of them says which there are: what it does not name is dropped on every release.
    """
    flax = report.environment.flax
    if not report.complete or report.shards.missing:
        raise BadInput(f"the report of flax {flax} is not complete; run its properties again")
    unfit = list(_unfit(report))
    if unfit:
        raise BadInput(f"the report of flax {flax} {unfit[0]}; run the suite as it is, with the profile gate")
    bad = [found.id for found in report.properties if found.outcome in (Outcome.FAILED, Outcome.CRASHED)]
    if bad:
        raise BadInput(f"on flax {flax} {bad[0]} failed or crashed ({len(bad)} in all); fix it, or add a finding")
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
        report = _with_the_others(report, before.get(flax))
    else:
        before = {release: _only(report.by_id, one) for release, one in before.items()}
    kept = releases.of_reports({**before, flax: report}.values())
    if _undated(kept) != _undated(releases.history()):
        releases.write(kept)


def _unfit(report: Report) -> Iterable[str]:
    """Why a report does not say what the suite itself does on a release."""
    if report.implementation != REFERENCE_IMPLEMENTATION:
        yield f"is of the implementation {report.implementation}"
    if report.subjects != OWN_SUBJECTS:
        yield f"is of the subjects {report.subjects}"
    if report.models != OWN_MODELS:
        yield f"is of the models {report.models}"
    if report.suite.profile != "gate":
        yield f"was made with the profile {report.suite.profile}"
    if changed := settings(report.environment):
        yield f"was made with {' '.join(changed)}"
    if report.environment.backend is None or not report.environment.devices:
        yield "names no device"
    if not report.properties:
        yield "holds no property"
    elif any(
        report.suite.digest.get(one.id) != digest_of(one.id, report.environment.flax) for one in report.properties
    ):
        yield "is of another state of the suite"


def _only(names: Collection[str], report: Report) -> Report:
    """The properties of a report that have these names."""
    found = [one for one in report.properties if one.id in names]
    return msgspec.structs.replace(report, properties=found, collected=len(found))


def _with_the_others(new: Report, before: Report | None) -> Report:
    """The committed report with these properties as they are in the new one."""
    if before is None or _circumstances(before) != _circumstances(new):
        raise BadInput(
            f"the report of flax {new.environment.flax} is of some properties, and the others were not run like this; "
            "run all of them"
        )
    others = [found for found in before.properties if found.id not in new.by_id]
    return msgspec.structs.replace(
        new,
        suite=msgspec.structs.replace(new.suite, digest={**before.suite.digest, **new.suite.digest}, selection=""),
        properties=[*others, *new.properties],
        collected=len(others) + len(new.properties),
    )


def _circumstances(report: Report) -> tuple[object, ...]:
    environment = report.environment
    packages = [environment.packages.get(name) for name in (*_DECISIVE, "hypothesis")]
    minor = environment.python.rpartition(".")[0]
    asked = report.implementation, report.subjects, report.models
    return packages, minor, report.suite.profile, *asked, len(environment.devices)


def _undated(found: releases.ReleaseHistory) -> str:
    runs = [msgspec.structs.replace(run, started="2000-01-01", ended="2000-01-01") for run in found.runs]
    return releases.written(releases.ReleaseHistory(runs, found.lines))
