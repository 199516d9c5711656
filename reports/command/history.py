"""``history FOLDER``: runs the properties on every release, and goes on where it was stopped."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from reports.command.command import CANNOT_TELL, REGRESSION, SAFE, Commands
from reports.command.runs import add_profile_and_cache, add_selection, check_selection
from reports.vocabulary import several

if TYPE_CHECKING:
    from reports.history.folder import HistoryFolder
    from reports.history.plan import Jax, Job
    from reports.model import Report

_GOES_ON = "the same command goes on from here"
_ABOUT = """Runs the properties on each release, and writes the reports into FOLDER.
Stopped and started again, it runs nothing twice. Start it as often as you
like, on one machine or on several that share FOLDER: each process takes the
jobs that no other has. --list prints the names of the jobs for a matrix of CI,
of which each machine runs its own with --only.

The exit code is 0 if every property held, or failed as a finding says, 1 if
one failed otherwise, and 3 if a run is missing."""


def add(commands: Commands) -> None:
    """The command and its options."""
    command = commands.add_parser(
        "history",
        help="run the properties on every release, in parts, and go on where it was stopped",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_argument("folder", type=Path, metavar="FOLDER", help="where the reports are, or will be")
    command.add_argument("--releases", default="", metavar="VERSION,…", help="all of them if not given")
    command.add_argument("--python", default="", metavar="VERSION,…", help="such as 3.12,3.13; else one per release")
    command.add_argument(
        "--jax",
        default="day",
        metavar="WHICH,…",
        help="day: of two days after the release of Flax (as given by default); newest: of today; floor: the oldest "
        "that this Flax allows",
    )
    command.add_argument("--shards", type=int, default=1, metavar="N", help="parts of each run; 1 by default")
    add_profile_and_cache(command)
    add_selection(command)
    command.add_argument("--list", action="store_true", help="print the names of the jobs as JSON, and run nothing")
    command.add_argument("--only", action="append", metavar="JOB", help="run only this job of the list; repeatable")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.errors import BadInput
    from reports.gate.gate_progress import shown
    from reports.gate.running import Options
    from reports.history.folder import HistoryFolder
    from reports.history.plan import plan
    from reports.history.working import work
    from reports.workers import workers

    if options.shards < 1:
        raise BadInput(f"--shards {options.shards}: a run has one part at least")
    check_selection(options.selection)
    jobs = plan(_listed(options.releases), _listed(options.python), _jaxes(options.jax), options.shards)
    if options.list:
        print(json.dumps([job.name for job in jobs]))
        return SAFE
    folder = HistoryFolder(options.folder)
    asked = Options(profile=options.profile or "gate", selection=options.selection, workers=workers())
    folder.check(jobs, asked)
    chosen = _only(jobs, options.only)
    try:
        with shown() as tell:
            ended = work(folder, chosen, asked, tell)
    except KeyboardInterrupt:
        print(f"stopped; {_GOES_ON}", file=sys.stderr)
        return CANNOT_TELL
    return _told(folder, jobs, chosen, ended)


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _jaxes(text: str) -> "list[Jax]":
    from reports.errors import BadInput
    from reports.history.plan import Jax

    known = [str(one) for one in Jax]
    for one in _listed(text) or [""]:
        if one not in known:
            raise BadInput(f"--jax {one}: choose from {', '.join(known)}")
    return [Jax(one) for one in _listed(text)]


def _only(jobs: "tuple[Job, ...]", names: list[str] | None) -> "tuple[Job, ...]":
    from reports.errors import BadInput

    if names is None:
        return jobs
    if unknown := {*names} - {job.name for job in jobs}:
        raise BadInput(f"--only {min(unknown)}: no job of this plan; --list names them")
    return tuple(job for job in jobs if job.name in names)


def _told(folder: "HistoryFolder", jobs: Sequence["Job"], chosen: Sequence["Job"], ended: "dict[Job, str]") -> int:
    """Say what became of each run that has a chosen job; the gravest exit code."""
    from reports.sanitize import visible

    codes = [SAFE]
    for run, group in groupby(jobs, lambda job: job.run):
        parts = list(group)
        if asked := [job for job in parts if job in chosen]:
            said, code = _became(folder, parts, asked, ended)
            codes.append(code)
            print(visible(f"{run}: {said}"))
    if CANNOT_TELL in codes:
        print(f"not whole; {_GOES_ON}", file=sys.stderr)
    return max(codes)


def _became(
    folder: "HistoryFolder", parts: Sequence["Job"], asked: Sequence["Job"], ended: "dict[Job, str]"
) -> tuple[str, int]:
    """What became of a run, and the exit code: of the parts that were asked for, or of all if all are there."""
    from reports.load import ReportError

    try:
        whole = folder.joined(parts)
    except ReportError as error:
        return f"its parts are not of one run ({error})", CANNOT_TELL
    if whole is not None:
        return _counted([whole])
    reports = [report for job in asked if (report := folder.report(job)) is not None]
    said, code = _counted(reports) if reports else ("", SAFE)
    done = sum(folder.is_done(job) for job in parts)
    told = [f"{done} of {several(len(parts), 'part is', 'parts are')} done"]
    told += [f"{job.shard} of {job.of}: {reason}" for job in asked if (reason := ended.get(job) or folder.why_not(job))]
    told += filter(None, [said])
    return "; ".join(told), code if all(map(folder.is_done, asked)) else max(code, CANNOT_TELL)


def _counted(reports: Sequence["Report"]) -> tuple[str, int]:
    """How many properties have each outcome, and the exit code for it."""
    from reports.vocabulary import Outcome, counted

    numbers = sum((report.count() for report in reports), start=Counter[Outcome]())
    jax = reports[0].environment.packages.get("jax")
    said = ", ".join(counted(numbers[one], one) for one in Outcome if numbers[one])
    if not said:
        return "no property was asked for; choose others with -k", CANNOT_TELL
    unexpected = numbers[Outcome.FAILED] + numbers[Outcome.CRASHED]
    return f"jax {jax}, {said}", REGRESSION if unexpected else SAFE
