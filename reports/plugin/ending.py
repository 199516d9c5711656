"""A pytest plugin: a run that the code under test ends in the middle never ends as if all was well."""

import os

import pytest


class Ending:
    """Turns the exit code 0 of such a run into another; lives in the controller, or in the only process."""

    def __init__(self) -> None:
        self._exit, self._process = os._exit, os.getpid()
        # What pytest captures in the middle of a property nobody would see.
        self._stderr = os.dup(2)
        self._running = "the code under test"
        os._exit = self._end  # type: ignore[assignment]

    def _end(self, status: int) -> None:
        if status == 0 and os.getpid() == self._process:
            os.write(self._stderr, f"ERROR: {self._running} ended the run by os._exit(0)\n".encode())
            status = pytest.ExitCode.INTERNAL_ERROR
        self._exit(status)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._running = nodeid

    def pytest_unconfigure(self) -> None:
        os._exit = self._exit
        os.close(self._stderr)
