"""Runs the witnesses of findings in one environment: in one process, which imports jax and Flax once."""

import json
import os
import re
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from meta_tests.support.runs import ROOT, environment
from properties.findings import Fails, Finding, covers

# A program that needs more time of the CPU hangs.
_SECONDS = 60
# What a program raises that was written wrongly.
MISTAKES = frozenset({"SyntaxError", "IndentationError", "NameError", "ModuleNotFoundError", "ImportError"})


class Raised(NamedTuple):
    """What a program raised."""

    exception: str
    message: str


class Witnesses:
    """Programs by the Python of one release, each in a namespace of its own."""

    def __init__(self, python: Path) -> None:
        self._server = subprocess.Popen(
            [str(python), "-m", "meta_tests.support.witnesses"],
            cwd=ROOT,
            env=environment(JAX_PLATFORMS="cpu"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, program: str) -> Raised | None:
        """What a program raises."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        print(json.dumps(program), file=self._server.stdin, flush=True)
        answer = self._server.stdout.readline()
        if not answer:
            raise RuntimeError(f"the process died, or this needs more than {_SECONDS} seconds:\n{program}")
        raised = json.loads(answer)
        return Raised(*raised) if raised else None

    def close(self) -> None:
        """End the process."""
        self._server.communicate()


def complaint(finding: Finding, release: str, raised: Raised | None) -> str | None:
    """What is wrong with what a witness did on a release that its finding covers."""
    spans = [fails for fails in finding.fails if fails.covers(release)]
    if raised is None:
        return "it does not raise"
    if raised.exception in MISTAKES:
        return f"it is written wrongly: {raised.exception}: {raised.message}"
    # A program of a user's cannot raise what a helper of a property raises.
    if any(fails.exception == "AssertionError" for fails in spans) or raised.exception == "AssertionError":
        return None
    if any(_same(fails, raised) for fails in spans):
        return None
    wanted = " or ".join(f"{fails.exception} with {fails.message!r}" for fails in spans)
    return f"it raises {raised.exception}: {raised.message[:200]}; expected is {wanted}"


def _same(fails: Fails, raised: Raised) -> bool:
    return fails.exception == raised.exception and re.search(fails.message, raised.message) is not None


def neighbours(finding: Finding, passes: Mapping[str, bool]) -> list[str]:
    """The nearest releases before and after each span on which the witness must not raise.

    ``passes`` says of each release, in their order, whether a property that shows the finding passes there.
    """
    releases = list(passes)
    beside = {*_nearest(finding, passes, releases), *_nearest(finding, passes, releases[::-1])}
    return [release for release in releases if release in beside]


def _nearest(finding: Finding, passes: Mapping[str, bool], releases: list[str]) -> Iterator[str]:
    """The last release that passes before each that is covered."""
    last = None
    for release in releases:
        if finding.covers(release):
            if last:
                yield last
            last = None
        elif passes[release]:
            last = release


def holds(finding: Finding, release: str, outcomes: Mapping[str, str]) -> bool:
    """Whether a property that shows this finding passes on a release, of whose report these are the outcomes."""
    shown = [name for name in outcomes if any(fails.shows(name) for fails in finding.fails)]
    return any(outcomes[name] == "passed" and not covers(name, release) for name in shown)


def _serve() -> None:
    from impl.flax_api import preserve_methods, preserve_variable_registry

    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    for line in sys.stdin:
        signal.setitimer(signal.ITIMER_PROF, _SECONDS)
        with preserve_methods(), preserve_variable_registry():
            raised = _raised_by(json.loads(line))
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(json.dumps(raised), file=answers, flush=True)


def _raised_by(program: str) -> Raised | None:
    """What a program raises in a namespace of its own."""
    try:
        exec(compile(program, "witness.py", "exec"), {"__name__": "__main__"})
    except BaseException as error:
        return Raised(type(error).__name__, str(error))
    return None


if __name__ == "__main__":
    _serve()
