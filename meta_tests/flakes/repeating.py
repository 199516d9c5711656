"""Runs one repetition, and says which properties raised an alarm in it."""

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from meta_tests.flakes.plugin import VARIABLE
from meta_tests.flakes.pressure import under
from meta_tests.flakes.variation import Variation
from meta_tests.support.runs import ROOT, environment
from reports.load import read
from reports.model import Property
from reports.releases import report_of
from reports.vocabulary import NOT_RUN, Outcome


class NoReport(Exception):
    """A repetition left no report; the message is the last line that it printed."""


@dataclass(frozen=True)
class Repeated:
    """What one repetition gave: the digest of each property that it asked for, and the alarms with their reasons."""

    ran: Mapping[str, str]
    alarms: Mapping[str, str]


def repeated(python: Path, release: str, asked: Variation, arguments: Sequence[str]) -> Repeated:
    """Run the properties that pytest's arguments choose; NoReport."""
    with tempfile.TemporaryDirectory(prefix="flakes-") as folder, under(asked.pressure):
        path = Path(folder) / "report.json"
        options = ("-n", str(asked.workers), "--dist", asked.dist, "-p", "meta_tests.flakes.plugin", "--tb=no", "-q")
        done = subprocess.run(
            [str(python), "-m", "pytest", *arguments, *options, "--report", str(path)],
            cwd=ROOT,
            env=_variables(asked),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if not path.exists():
            raise NoReport((done.stdout.splitlines() or ["nothing"])[-1])
        report = read(path)
    expected = report_of(release).by_id
    ran = {one.id: report.suite.digest[one.id] for one in report.properties}
    return Repeated(ran, {one.id: said for one in report.properties if (said := alarm(expected.get(one.id), one))})


def alarm(expected: Property | None, got: Property) -> str | None:
    """Why this outcome is a false alarm, if the evidence has another; None if it is none."""
    before = NOT_RUN if expected is None else expected.outcome
    if got.outcome != before:
        said = got.failure.message if got.failure else got.reason or ""
        return f"{before} → {got.outcome}: {said[:200]}"
    if got.outcome == Outcome.OBSERVED and expected is not None and got.observations != expected.observations:
        return "observes other values"
    return None


def _variables(asked: Variation) -> dict[str, str]:
    told = {
        "PYTHONHASHSEED": str(asked.hash_seed),
        "NPROC": str(asked.threads),
        VARIABLE: json.dumps(asked.fields),
    }
    return environment(**told)
