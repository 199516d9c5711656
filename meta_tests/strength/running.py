"""Runs the properties on edits: a process for each copy of Flax, which forks for each edit."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any

from meta_tests.strength.package import Copy
from meta_tests.strength.results import IMPORT, Outcome, Result, result
from meta_tests.strength.small_edit import SmallEdit
from meta_tests.support.runs import ROOT, environment


class Worker:
    """One process that forks, and its copy of Flax."""

    def __init__(self, package: Path, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.copy = Copy(package, folder)
        self._folder = folder
        started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "meta_tests.strength.worker", str(folder)],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._processor = float(self._answer())
        self._wall = time.perf_counter() - started

    def watch(self, output: Path, *arguments: str) -> tuple[int | None, str]:
        """Run pytest without an edit, and write what each property runs: its exit status, and what it printed."""
        _, _, status = self._job(output, watch=True, arguments=arguments, limit=1e6)
        return status, self._log.read_text(errors="replace")

    def tried(self, edit: SmallEdit, order: Sequence[str], seconds: Mapping[str, float], patience: float) -> Result:
        """Run properties in this order up to the first that is red, or until so many seconds are over."""
        if not order:
            return result(edit, Outcome.SURVIVED, "", "", 0, 0, 0)
        output = self._folder / "lines.txt"
        output.unlink(missing_ok=True)
        with self.copy.edited(edit):
            chapters = sorted({f"properties/test_{name.partition('.')[0]}.py" for name in order})
            wall, processor, status = self._job(
                output, watch=False, arguments=chapters, order=order, seconds=seconds, limit=patience
            )
        lines = [json.loads(line) for line in output.read_text().splitlines()] if output.exists() else []
        outcome, by, exception, passed = judged(lines, status)
        return result(edit, outcome, by, exception, passed, self._wall + wall, self._processor + processor)

    def close(self) -> None:
        self._process.communicate()

    def end(self) -> None:
        """End it in the middle of a job."""
        self._process.terminate()

    @property
    def _log(self) -> Path:
        return self._folder / "log.txt"

    def _job(self, output: Path, **what: Any) -> tuple[float, float, int | None]:
        assert self._process.stdin is not None
        print(
            json.dumps({"output": str(output), "log": str(self._log), "order": [], "seconds": {}, **what}),
            file=self._process.stdin,
            flush=True,
        )
        wall, processor, status = self._answer()
        return wall, processor, status

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the process that forks has died")
        return json.loads(line)


def judged(lines: Sequence[Sequence[Any]], status: int | None) -> tuple[Outcome, str, str, int]:
    """The outcome, the red property, its exception, and how many passed, by the lines of a run and its exit status."""
    passed = sum(line[0] == "passed" for line in lines)
    red = next((line for line in lines if line[0] == "red"), None)
    if red is not None:
        return Outcome.KILLED, red[1], red[2], passed
    if status is None:
        return Outcome.UNDECIDED, "", "", passed
    last = lines[-1] if lines else ["nothing"]
    if last[0] == "started":
        return Outcome.KILLED, last[1], f"the process ended with {status}", passed
    if last[0] != "ended":
        return Outcome.KILLED, IMPORT, f"the process ended with {status}", passed
    return Outcome.SURVIVED, "", "", passed


class Workers:
    """So many workers, each with a copy of the package, for the time of a ``with`` block."""

    def __init__(self, package: Path, number: int) -> None:
        self._package, self._number = package, number

    def __enter__(self) -> "Workers":
        self._folder = tempfile.TemporaryDirectory(prefix="strength-")
        self._free: SimpleQueue[Worker] = SimpleQueue()
        self._all = [Worker(self._package, Path(self._folder.name) / str(number)) for number in range(self._number)]
        for one in self._all:
            self._free.put(one)
        return self

    @property
    def first(self) -> Worker:
        return self._all[0]

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for one in self._all:
            one.close()
        self._folder.cleanup()

    def each(self, edits: Sequence[SmallEdit], try_one: Callable[[Worker, SmallEdit], None]) -> None:
        """Try every edit with a worker that is free."""

        def on_free(edit: SmallEdit) -> None:
            worker = self._free.get()
            try:
                try_one(worker, edit)
            finally:
                self._free.put(worker)

        threads = ThreadPoolExecutor(self._number)
        try:
            for future in [threads.submit(on_free, edit) for edit in edits]:
                future.result()
        except BaseException:
            # Nothing that waits is begun, and what runs ends with its worker.
            threads.shutdown(wait=False, cancel_futures=True)
            for one in self._all:
                one.end()
            raise
