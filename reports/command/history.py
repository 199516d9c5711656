"""``history FOLDER``: runs the properties on every release, and goes on where it was stopped."""

import argparse
import json
import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from reports.command.command import CANNOT_TELL, REGRESSION, SAFE, Commands
from reports.paths import OPTION, VARIABLE

if TYPE_CHECKING:
    from reports.history.folder import HistoryFolder
    from reports.history.plan import Jax, Job
    from reports.model import Report

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
    command.add_argument("--profile", choices=("quick", "gate"), default="gate", help="gate by default")
    command.add_argument("-k", dest="selection", metavar="EXPRESSION", help="only these properties, as in pytest")
    command.add_argument(
        OPTION, type=Path, metavar="CACHE", help=f"the folder of environments and caches, as {VARIABLE}"
    )
    command.add_argument("--list", action="store_true", help="print the names of the jobs as JSON, and run nothing")
    command.add_argument("--only", action="append", metavar="JOB", help="run only this job of the list; repeatable")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from reports.errors import BadInput
    from reports.gate.gate_progress import shown
    from reports.gate.nodeids import is_expression
    from reports.gate.running import Options
    from reports.history.folder import HistoryFolder
    from reports.history.plan import plan
    from reports.history.working import work
    from reports.workers import workers

    if options.shards < 1:
        raise BadInput(f"--shards {options.shards}: a run has one part at least")
    if options.selection and not is_expression(options.selection):
        raise BadInput(f"-k {options.selection!r}: no expression of pytest's; write for example -k 'jit or affine'")
    jobs = plan(_listed(options.releases), _listed(options.python), _jaxes(options.jax), options.shards)
    if options.list:
        print(json.dumps([job.name for job in jobs]))
        return SAFE
    folder = HistoryFolder(options.folder)
    folder.check(jobs, options.profile, options.selection)
    asked = Options(profile=options.profile, selection=options.selection, workers=workers())
    chosen = _only(jobs, options.only)
    with shown() as tell:
        ended = work(folder, chosen, asked, tell)
    return _told(folder, jobs if options.only is None else chosen, ended)


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

    known = {job.name: job for job in jobs}
    for name in names or ():
        if name not in known:
            raise BadInput(f"--only {name}: no job of this plan; --list names them")
    return jobs if names is None else tuple(known[name] for name in names)


def _told(folder: "HistoryFolder", jobs: "tuple[Job, ...]", ended: "dict[Job, str]") -> int:
    """Say what became of each run; the exit code."""
    from reports.sanitize import visible

    code = SAFE
    for run, group in groupby(jobs, lambda job: job.run):
        parts = list(group)
        said, reached = _became(folder, parts, ended)
        code = max(code, reached)
        print(visible(f"{run}: {said}"))
    if code == CANNOT_TELL:
        print("not whole; the same command goes on from here", file=sys.stderr)
    return code


def _became(folder: "HistoryFolder", parts: "list[Job]", ended: "dict[Job, str]") -> tuple[str, int]:
    """What became of a run, and the exit code for it."""
    for job in parts:
        if reason := folder.why_not(job):
            return f"there is no run ({reason})", SAFE
    if len(parts) == parts[0].of and (report := folder.joined(parts)):
        return _counted(report)
    done = sum(folder.is_done(job) for job in parts)
    why = "".join(f"; {job.shard} of {job.of}: {ended[job]}" for job in parts if job in ended)
    if done == len(parts):
        return f"{done} of {parts[0].of} parts are done", SAFE
    return f"{done} of {len(parts)} parts are done{why}", CANNOT_TELL


def _counted(report: "Report") -> tuple[str, int]:
    from reports.vocabulary import Outcome, counted

    numbers = report.count()
    jax = report.environment.packages.get("jax")
    said = ", ".join(counted(numbers[one], one) for one in Outcome if numbers[one])
    unexpected = numbers[Outcome.FAILED] + numbers[Outcome.CRASHED]
    return f"jax {jax}, {said}", REGRESSION if unexpected else SAFE
