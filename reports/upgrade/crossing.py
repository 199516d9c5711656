"""Checkpoints cross over: what one environment saves the other restores, and the other way round."""

import json
import tempfile
from collections.abc import Iterable
from typing import Any

from reports.compare import Comparison
from reports.upgrade.environments import Environment
from reports.upgrade.running import last_line, run_program
from reports.vocabulary import EFFECTS, Verdict

_ADVICE = "rename the paths of a checkpoint before you restore it, as listed here"


def crossings(old: Environment, new: Environment, implementation: str) -> list[Comparison]:
    """A comparison for each way: from OLD to NEW it must go, from NEW to OLD it is good to know."""
    return [
        _crossing("checkpoints.from OLD to NEW", old, new, implementation, Verdict.REGRESSED),
        _crossing("checkpoints.from NEW to OLD", new, old, implementation, Verdict.DRIFTED),
    ]


def _crossing(name: str, saver: Environment, restorer: Environment, implementation: str, worst: Verdict) -> Comparison:
    statement = f"What {saver.label} saves, as Orbax and as msgpack, {restorer.label} restores with the same outputs."
    with tempfile.TemporaryDirectory() as folder:
        saved = run_program(saver, ["-m", "properties.checkpoints", "save", folder, implementation])
        if saved.returncode != 0:
            note = f"{saver.label} cannot save: {last_line(saved.stderr)}"
            return _compared(name, Verdict.INCOMPARABLE, statement, note)
        restored = run_program(restorer, ["-m", "properties.checkpoints", "restore", folder, implementation])
    if restored.returncode != 0:
        note = f"{restorer.label} cannot restore: {last_line(restored.stderr)}"
        return _compared(name, worst, statement, note)
    return _judged(name, statement, worst, json.loads(restored.stdout.splitlines()[-1]))


def _judged(name: str, statement: str, worst: Verdict, told: list[dict[str, Any]]) -> Comparison:
    problems = tuple(f"{one['name']}: {one['problem']}" for one in told if one["problem"])
    renames = tuple(_renames(told))
    if problems:
        return _compared(name, worst, statement, *problems, *renames)
    how = "bit for bit" if all(one["bitwise"] for one in told) else "within the derived bound, on another jaxlib"
    same = f"all {len(told)} checkpoints give the same outputs, {how}"
    if renames:
        return _compared(name, Verdict.DRIFTED, statement, same, _ADVICE, *renames)
    return _compared(name, Verdict.SAME, statement, same)


def _compared(name: str, verdict: Verdict, statement: str, *notes: str) -> Comparison:
    return Comparison(name, verdict, EFFECTS[verdict], statement, notes=notes, topics=("checkpoints",))


def _renames(told: list[dict[str, Any]]) -> Iterable[str]:
    renamed = {old: new for one in told for old, new in one["renamed"].items()}
    for old, new in sorted(renamed.items()):
        yield f"{old} is now {new}" if new else f"{old} was removed"
