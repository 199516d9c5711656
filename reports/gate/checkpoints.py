"""Checkpoints cross over: what one environment saves the other restores, and the other way round."""

import json
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from packaging.requirements import InvalidRequirement, Requirement

from reports.compare import Comparison
from reports.errors import BadInput, CannotTell
from reports.gate.environments import Installation, build, find_python, resolve
from reports.gate.running import last_line, run_program
from reports.gate.target import Pins
from reports.paths import REFERENCE
from reports.releases.checkpoints import Crossing
from reports.vocabulary import EFFECTS, Verdict

_ADVICE = "rename the paths of a checkpoint before you restore it, as listed here"


def crossings(old: Installation, new: Installation, implementation: str) -> list[Comparison]:
    """A comparison for each way: from OLD to NEW it must go, from NEW to OLD it is good to know."""
    with ThreadPoolExecutor(2) as threads:
        there = threads.submit(_judged, "checkpoints.from OLD to NEW", old, new, implementation, Verdict.REGRESSED)
        back = threads.submit(_judged, "checkpoints.from NEW to OLD", new, old, implementation, Verdict.DRIFTED)
        return [there.result(), back.result()]


def cross(saver: Installation, restorer: Installation, implementation: str) -> Crossing:
    """Save with one and restore with the other; CannotTell where the first cannot save."""
    with tempfile.TemporaryDirectory() as folder:
        saved = run_program(saver, ["-m", "properties.checkpoints", "save", folder, implementation])
        if saved.returncode != 0:
            raise CannotTell(f"{saver.label} cannot save: {last_line(saved.stderr)}")
        restored = run_program(restorer, ["-m", "properties.checkpoints", "restore", folder, implementation])
    if restored.returncode != 0:
        problem = f"{restorer.label} cannot restore: {last_line(restored.stderr)}"
        return Crossing(saver.label, restorer.label, 0, False, {}, [problem])
    told = json.loads(restored.stdout.splitlines()[-1])
    return Crossing(
        saver.label,
        restorer.label,
        len(told),
        all(one.get("bitwise", False) for one in told),
        {old: new for one in told for old, new in sorted(one["renamed"].items())},
        [f"{one['name']}: {one['problem']}" for one in told if one["problem"]],
    )


def between_releases(old: str, new: str) -> Iterable[Crossing]:
    """Both directions between two releases of Flax, each as released; CannotTell, or BadInput for what is none."""
    try:
        pins = [Pins((Requirement(f"flax=={release}"),)) for release in (old, new)]
    except InvalidRequirement as error:
        raise BadInput(f"{old} or {new} is no version of Flax ({error}); name two releases, such as 0.12.10") from error
    python = find_python(None)
    first, second = (build(resolve(label, one, python)) for label, one in zip((old, new), pins, strict=True))
    with ThreadPoolExecutor(2) as threads:
        yield from threads.map(cross, (first, second), (second, first), (REFERENCE, REFERENCE))


def _judged(name: str, saver: Installation, restorer: Installation, implementation: str, worst: Verdict) -> Comparison:
    what = "of one bridged `nn.Dense`, as Orbax and as msgpack"
    statement = f"What {saver.label} saves {what}, {restorer.label} restores with the same outputs."
    try:
        found = cross(saver, restorer, implementation)
    except CannotTell as reason:
        return _compared(name, Verdict.INCOMPARABLE, statement, str(reason))
    if found.problems:
        return _compared(name, worst, statement, found.result, *found.details)
    if found.renamed:
        return _compared(name, Verdict.DRIFTED, statement, found.result, _ADVICE, *found.details)
    return _compared(name, Verdict.SAME, statement, found.result)


def _compared(name: str, verdict: Verdict, statement: str, *notes: str) -> Comparison:
    return Comparison(name, verdict, EFFECTS[verdict], statement, notes=notes, topics=("checkpoints",))
