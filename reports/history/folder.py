"""Where the runs of a history lie: what is done, what a process has claimed, and the shards joined to whole runs."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reports.atomic_write import write_whole
from reports.digests.digest import state_of_the_suite
from reports.errors import BadInput
from reports.gate.running import Options
from reports.history.plan import Job
from reports.load import ReportError, read
from reports.merge import merge
from reports.model import OWN_MODELS, OWN_SUBJECTS, REFERENCE_IMPLEMENTATION, Report, Shards, selected_by, text_of


@dataclass(frozen=True)
class HistoryFolder:
    """``shards/`` has a file for each job; the reports of whole runs are joined beside it."""

    path: Path

    @property
    def _shards(self) -> Path:
        return self.path / "shards"

    @contextmanager
    def claimed(self, job: Job) -> Iterator[bool]:
        """Whether the job is this process's inside the block; however the process ends, it is free then."""
        self._shards.mkdir(parents=True, exist_ok=True)
        with (self._shards / f".{job.name}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def is_done(self, job: Job) -> bool:
        """Whether there is a report of it, or it is known that there can be none."""
        return self._report(job).exists() or self.why_not(job) is not None

    def report(self, job: Job) -> Report | None:
        """What its run gave, if it ran; BadInput where the file is none."""
        path = self._report(job)
        try:
            return read(path) if path.exists() else None
        except ReportError as error:
            raise BadInput(f"{path}: no report of a job ({error}); delete {path.name}") from error

    def why_not(self, job: Job) -> str | None:
        """Why the job can have no report; None where nothing is known against it."""
        reason = self._reason(job)
        text = reason.read_text(encoding="utf-8", errors="replace").strip() if reason.is_file() else ""
        return text or None

    def keep(self, job: Job, result: Report | str) -> None:
        """Write its report, or why there can be none."""
        if isinstance(result, Report):
            write_whole(self._report(job), text_of(result))
        else:
            write_whole(self._reason(job), f"{result}\n")

    def joined(self, jobs: Sequence[Job]) -> Report | None:
        """The whole run of these shards, which is written as well; None while some are missing.

        A ReportError where they are not parts of one run.
        """
        paths = [self._report(job) for job in jobs]
        if not all(path.exists() for path in paths):
            return None
        whole = merge([(path, read(path)) for path in paths])
        write_whole(self.path / f"{jobs[0].run}.json", text_of(whole))
        return whole

    def check(self, jobs: Sequence[Job], options: Options) -> None:
        """Raise BadInput if what is there of a job is of another job, or was asked for something else."""
        for job in jobs:
            report = self.report(job)
            if report is None:
                continue
            path = self._report(job)
            for what, (wanted, found) in _compared(job, options, report).items():
                if wanted != found:
                    raise BadInput(f"{path}: {what}; choose another folder, or delete {path.name}")

    def _report(self, job: Job) -> Path:
        return self._shards / f"{job.name}.json"

    def _reason(self, job: Job) -> Path:
        return self._shards / f"{job.name}.txt"


def _compared(job: Job, options: Options, report: Report) -> dict[str, tuple[object, object]]:
    """What must be equal of a job and its report, by what is wrong otherwise."""
    own = (REFERENCE_IMPLEMENTATION, OWN_SUBJECTS, OWN_MODELS)
    minor = ".".join(report.environment.python.split(".")[:2])
    return {
        "a run of another state of the suite": (state_of_the_suite(), report.suite.state),
        "a run of another profile": (options.profile, report.suite.profile),
        "a run of another selection of properties": (selected_by(options.selection), report.suite.selection),
        "a run of another release": (job.release, report.environment.flax),
        "a run on another Python": (job.python, minor),
        "a run of another part": (Shards(job.of, [job.shard]), report.shards),
        "a run that is not whole": (True, report.complete),
        "a run of what is not the suite's own": (own, (report.implementation, report.subjects, report.models)),
    }
