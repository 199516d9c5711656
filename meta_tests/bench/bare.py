"""Runs one chapter twice in one process and then makes its calls again: ``python -m meta_tests.bench.bare CHAPTER``.

The first pass compiles whatever the chapter needs. In the second each property
is timed by pytest's call phase while its calls of the implementation are
noted; right after it they are made again, twice, in a bare loop, and the second
time counts. So both sides find the same caches, within seconds of each other.
"""

import argparse
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from meta_tests.bench import chapters
from properties.support import runtime

runtime.prepare()

from meta_tests.bench.calls import note_calls  # noqa: E402
from meta_tests.bench.recording import Recording, replay  # noqa: E402


class Replaying:
    """A pytest plugin that times each property, and then the bare loop of its calls."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.properties: list[dict[str, Any]] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, None, None]:
        self._recording.start()
        try:
            return (yield)
        finally:
            self._recording.stop()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if call.when == "call":
            self.properties.append(self._timed(item.name, call.duration))
        return report

    def _timed(self, name: str, seconds: float) -> dict[str, Any]:
        recording = self._recording
        replay(recording.calls)
        return {
            "name": name.removeprefix("test_"),
            "seconds": seconds - sum(recording.uncounted),
            "bare": replay(recording.calls),
            "calls": len(recording.calls),
            "uncounted": len(recording.uncounted),
        }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m meta_tests.bench.bare")
    parser.add_argument("chapter", choices=chapters.CHAPTERS)
    parser.add_argument("output", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    recording = Recording()
    note_calls(recording)
    replaying = Replaying(recording)
    run = ["-q", "-n", "0", "-o", "timeout=0", *chapters.profile(options.quick), *chapters.files([options.chapter])]
    exits = [pytest.main(run), pytest.main(run, plugins=[replaying])]
    options.output.write_text(json.dumps(replaying.properties), encoding="utf-8")
    return max(int(code) for code in exits)


if __name__ == "__main__":
    raise SystemExit(main())
