"""Runs properties on a copy of Flax: ``python -m meta_tests.strength.worker FOLDER``.

It imports jax and what else Flax imports, but not Flax, and forks for each job. Each child imports Flax from the copy
in FOLDER, which may be edited between two jobs.
"""

import contextlib
import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.processes import die_with_parent

_FIRST = (
    "jax.numpy",
    "optax",
    "orbax.checkpoint",
    "hypothesis.strategies",
    "hypothesis.extra.numpy",
    "pytest",
    "xdist",
    "msgspec",
    "treescope",
    "rich.console",
    "yaml",
)
_PAUSE = 0.05
_BLOCKED = ("conformance-record", "conformance-status", "conformance-ending")


def serve(folder: Path) -> None:
    """Answer each job, a line of JSON, by a line with the seconds, wall and processor's, and the exit status."""
    sys.path.insert(0, str(folder))
    os.environ["PYTHONPATH"] = str(folder)
    from properties.support import runtime

    runtime.prepare()
    die_with_parent()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(1))
    for module in _FIRST:
        importlib.import_module(module)
    from properties.findings import all_findings

    all_findings()
    assert "flax" not in sys.modules
    # What it took so far, a run of its own would spend before it imports Flax.
    print(json.dumps(time.process_time()), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        started, before = time.perf_counter(), os.times()
        child = os.fork()
        if child == 0:
            _run(job, folder)
        status = _waited(child, float(job["limit"]))
        after = os.times()
        processor = after.children_user + after.children_system - before.children_user - before.children_system
        print(json.dumps([time.perf_counter() - started, processor, status]), flush=True)


def _waited(child: int, limit: float) -> int | None:
    """The exit status of a child; None if it was ended at its limit. Whatever it has started ends with it."""
    deadline = time.monotonic() + limit
    status = None
    try:
        while status is None and time.monotonic() < deadline:
            time.sleep(_PAUSE)
            ended, code = os.waitpid(child, os.WNOHANG)
            status = os.waitstatus_to_exitcode(code) if ended else None
    finally:
        # The group is the child's own: it began a session.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    if status is None:
        os.waitpid(child, 0)
    return status


def _run(job: Mapping[str, Any], folder: Path) -> None:
    status = 1
    try:
        os.setsid()
        die_with_parent()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        sys.dont_write_bytecode = True
        with Path(job["log"]).open("wb") as log:
            os.dup2(log.fileno(), sys.stdout.fileno())
            os.dup2(log.fileno(), sys.stderr.fileno())
        with Path(job["output"]).open("w") as output:
            status = _pytest(job, folder, output)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)  # nothing of the parent's is to be cleaned up here


def _pytest(job: Mapping[str, Any], folder: Path, output: Any) -> int:
    import pytest

    try:
        import flax.linen
        import flax.nnx
    except BaseException as error:
        print(json.dumps(["red", "import", type(error).__name__]), file=output, flush=True)
        return 1
    assert Path(flax.nnx.__file__).is_relative_to(folder), flax.nnx.__file__
    from meta_tests.strength.first_red import FirstRed
    from meta_tests.strength.watching import Watching

    watching = job["watch"]
    plugin = Watching(folder / "flax", output) if watching else FirstRed(job["order"], job["seconds"], output)
    blocked = [part for name in _BLOCKED for part in ("-p", f"no:{name}")]
    return int(pytest.main(["-n", "0", "-q", *blocked, *job["arguments"]], plugins=[plugin]))


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
