"""Processes that leave nothing behind: each ends with its time limit, or with whoever started it."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SET_PARENT_DEATH_SIGNAL = 1  # of Linux's prctl
_libc: Any = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Have the system kill this process when its parent ends; only Linux can."""
    if _libc is not None:
        _libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


@contextmanager
def started(
    command: Sequence[str],
    environ: Mapping[str, str],
    stdout: int,
    stderr: int,
    stdin: int = subprocess.DEVNULL,
    cwd: Path | None = None,
) -> Iterator["subprocess.Popen[str]"]:
    """A process in a group of its own, all of which is killed at the end of the block, however that comes."""
    with subprocess.Popen(
        command,
        env=environ,
        cwd=cwd,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=die_with_parent,
    ) as process:
        try:
            yield process
        finally:
            _kill_group(process.pid)


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # nothing of it is left; macOS says the latter
        return


def finished(
    command: Sequence[str], environ: Mapping[str, str], seconds: float | None, given: str = "", cwd: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    """The process after its end, or after its time, which its stderr then says; ``given`` is its input."""
    with started(command, environ, subprocess.PIPE, subprocess.PIPE, subprocess.PIPE, cwd) as process:
        try:
            stdout, stderr = process.communicate(given, timeout=seconds)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, -signal.SIGALRM, "", f"it took longer than {seconds:g} s")
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)
