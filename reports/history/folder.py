"""Where the runs of a history lie: what is done, what a process has claimed, and the shards joined to whole runs."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reports.atomic_write import write_whole
from reports.digests.digest import state_of_the_suite
from reports.errors import BadInput
from reports.history.plan import Job
from reports.load import read
from reports.merge import merge
from reports.model import Report, selected_by, text_of


@dataclass(frozen=True)
class HistoryFolder:
    """``shards/`` has a file for each job, ``*.json`` of a whole run are joined beside it."""

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
        return self._report(job).exists() or self._reason(job).exists()

    def why_not(self, job: Job) -> str | None:
        """Why the job can have no report; None where nothing is known against it."""
        reason = self._reason(job)
        return reason.read_text(encoding="utf-8").strip() if reason.exists() else None

    def keep(self, job: Job, result: Report | str) -> None:
        """Write its report, or why there can be none."""
        if isinstance(result, Report):
            write_whole(self._report(job), text_of(result))
        else:
            write_whole(self._reason(job), f"{result}\n")

    def joined(self, jobs: Sequence[Job]) -> Report | None:
        """The whole run of these shards, which is written as well; None while some are missing."""
        paths = [self._report(job) for job in jobs]
        if not all(path.exists() for path in paths):
            return None
        found = merge([(path, read(path)) for path in paths])
        write_whole(self.path / f"{jobs[0].run}.json", text_of(found))
        return found

    def check(self, jobs: Sequence[Job], profile: str, selection: str | None) -> None:
        """Raise BadInput if a job that is done was asked for something else, or by another state of the suite."""
        wanted = {
            "state of the suite": state_of_the_suite(),
            "profile": profile,
            "selection of properties": selected_by(selection),
        }
        for path in filter(Path.exists, map(self._report, jobs)):
            suite = read(path).suite
            had = zip(wanted.items(), (suite.state, suite.profile, suite.selection), strict=True)
            for (what, now), was in had:
                if now != was:
                    raise BadInput(f"{path}: a run of another {what}; choose another folder, or delete {path.name}")

    def _report(self, job: Job) -> Path:
        return self._shards / f"{job.name}.json"

    def _reason(self, job: Job) -> Path:
        return self._shards / f"{job.name}.txt"
