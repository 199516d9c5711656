"""Runs a selection of properties under a condition, and says how the outcomes differ from those without it."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meta_tests.hard_ground.condition import Condition
from meta_tests.hard_ground.places import PLACES, Place
from meta_tests.support.runs import ROOT, environment, node, records_of

# Some of each chapter; what they need together is a quarter of a minute on an idle processor.
SELECTION = tuple((Path(__file__).parent / "selection.txt").read_text(encoding="utf-8").split())
_SETTINGS = ("JAX_", "FLAX_", "NNX_", "NPY_", "NUMPY_", "XLA_", "PYTHON")
_KEPT = ("JAX_COMPILATION_CACHE_DIR", "JAX_PLATFORMS", "PYTHONPYCACHEPREFIX")


@dataclass(frozen=True)
class Tried:
    """A run of the selection: its exit code, what it printed, and what it recorded of each property."""

    status: int
    output: str
    records: Mapping[str, Mapping[str, Any]]

    @property
    def errors(self) -> list[str]:
        """The lines in which pytest says why it refuses to run."""
        return [line.removeprefix("ERROR: ") for line in self.output.splitlines() if line.startswith("ERROR: ")]

    def differences(self, other: "Tried") -> dict[str, str]:
        """The outcomes of the other run that are not those of this one, by property."""
        names = dict.fromkeys([*self.records, *other.records])
        pairs = {name: (self.records.get(name), other.records.get(name)) for name in names}
        return {
            name: _outcome(after) for name, (before, after) in pairs.items() if _compared(before) != _compared(after)
        }


def tried(python: Path, condition: Condition, folder: Path, selection: Sequence[str] = SELECTION) -> Tried:
    """Run the selection with this Python; NoPlace where the machine lacks the condition's place.

    ``folder`` is empty. A crash of the run, with no report, gives no records.
    """
    (folder / "place").mkdir()
    place, report = PLACES[condition.place](folder / "place"), folder / "report.json"
    own = (option.format(place=folder / "place") for option in condition.options)
    options = ("-n", "0", "-q", "--hypothesis-profile", "quick", "--report", str(report), *own)
    done = subprocess.run(
        [*place.prefix, str(python), "-m", "pytest", *map(node, selection), *options],
        cwd=place.folder,
        env=_variables(condition, place),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    records = records_of(report) if report.exists() else {}
    return Tried(done.returncode, done.stdout, records)


def shows(python: Path, program: str, condition: Condition) -> bool:
    """Whether a program runs without an exception under the condition's variables."""
    variables = _variables(condition, Place())
    done = subprocess.run([str(python), "-c", program], cwd=ROOT, env=variables, capture_output=True, check=False)
    return done.returncode == 0


def _outcome(record: Mapping[str, Any] | None) -> str:
    return "not run" if record is None else str(record["outcome"])


def _compared(record: Mapping[str, Any] | None) -> tuple[object, ...]:
    """The outcome, the exception and what is observed; a message may name a file, or an address."""
    if record is None:
        return ()
    return record["outcome"], (record["failure"] or {}).get("exception"), record["observations"]


def _variables(condition: Condition, place: Place) -> dict[str, str]:
    """This process's variables without the settings of its user, then what the place and the condition change."""
    inherited = environment(PYTHONHASHSEED="0")
    kept = {name: value for name, value in inherited.items() if name in _KEPT or not name.startswith(_SETTINGS)}
    changed = {"PYTHONHASHSEED": "0", **kept, **place.variables, **condition.variables}
    return {name: value for name, value in changed.items() if value is not None}
