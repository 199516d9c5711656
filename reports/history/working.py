"""Works off the jobs of a plan, beside any number of other processes that do the same."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from reports.errors import CannotTell
from reports.gate.environments import build, find_python, resolve
from reports.gate.running import CannotImport, DidNotRun, Options, run_properties
from reports.history.folder import HistoryFolder
from reports.history.plan import Job
from reports.model import Report

# The job, the chapter of the last property that is done, how many are, and of how many.
Tell = Callable[[str, str, int, int], None]


def work(folder: HistoryFolder, jobs: Iterable[Job], options: Options, tell: Tell) -> dict[Job, str]:
    """Run each job that is not done and that no other process has; for those that ended without a report, why.

    A Flax that cannot be imported is kept as such. What could not be installed, died, or was ended from outside is
    tried again by the next call.
    """
    ended: dict[Job, str] = {}
    for job in jobs:
        with folder.claimed(job) as is_ours:
            if not is_ours or folder.is_done(job):
                continue
            try:
                folder.keep(job, _result(job, options, tell))
            except (DidNotRun, CannotTell) as reason:
                ended[job] = str(reason)
    return ended


def _result(job: Job, options: Options, tell: Tell) -> Report | str:
    """The report of a job, or why it can have none."""
    python = find_python(job.python)
    try:
        environment = build(resolve(job.run, job.jax.pins(job.release, python), python))
        asked = replace(options, shard=(job.shard, job.of))
        return run_properties(environment, asked, lambda chapter, done, of: tell(job.name, chapter, done, of))
    except CannotImport as reason:
        return str(reason)
