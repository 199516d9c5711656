"""Checkpoints of the user's subjects and models cross over, and each then does what it did where it was saved."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from packaging.requirements import Requirement

from properties.checkpoints.fate import Fate
from reports.compare import Comparison
from reports.errors import CannotTell
from reports.gate.environments import Installation, build, find_python, resolve
from reports.gate.running import Options, last_line, run_program
from reports.gate.target import Pins
from reports.paths import MODELS
from reports.releases.checkpoints import Crossing
from reports.releases.model_checkpoints import ModelCrossing
from reports.vocabulary import EFFECTS, Effect, Verdict

Fates = dict[str, Fate]
_PROGRAM = ("-m", "properties.checkpoints.models")
# The most seconds for all models of a file; each has its own limit.
_PATIENCE = 1800


@dataclass(frozen=True)
class _Way:
    """One direction, with the verdict on what does not cross."""

    name: str
    saver: Installation
    restorer: Installation
    worst: Verdict


def model_crossings(old: Installation, new: Installation, options: Options) -> list[Comparison]:
    """Comparisons for each way, of each subject and model of the user's; none where the user names no file."""
    files = _files(options.subjects, options.models)
    if not files:
        return []
    ways = [
        _Way("from OLD to NEW", old, new, Verdict.REGRESSED),
        _Way("from NEW to OLD", new, old, Verdict.DRIFTED),
    ]
    try:
        crossed = cross_both(old, new, files)
    except CannotTell as reason:
        statement = "Checkpoints of your subjects and models cross over."
        return [_compared(ways[0], "", Verdict.INCOMPARABLE, statement, str(reason))]
    return [one for way, fates in zip(ways, crossed, strict=True) for one in _judged(way, fates)]


def of_releases(old: str, new: str) -> Iterable[ModelCrossing]:
    """Both directions between two releases of Flax, of the suite's own models; CannotTell."""
    python = find_python(None)
    pins = (Pins((Requirement(f"flax=={release}"),)) for release in (old, new))
    first, second = (build(resolve(label, one, python)) for label, one in zip((old, new), pins, strict=True))
    there, back = cross_both(first, second, _files(None, MODELS))
    yield ModelCrossing(old, new, _unnamed(there))
    yield ModelCrossing(new, old, _unnamed(back))


def _unnamed(fates: Fates) -> Fates:
    return {name.removeprefix("model "): fate for name, fate in fates.items()}


def cross_both(old: Installation, new: Installation, files: Sequence[str]) -> list[Fates]:
    """What becomes of the checkpoints from OLD to NEW, and back; CannotTell where a process dies."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as threads:
        places = [Path(folder) / side for side in ("old", "new")]
        list(threads.map(save, (old, new), places, (files, files)))
        return list(threads.map(restore, (new, old), places, (files, files)))


def save(environment: Installation, folder: Path, files: Sequence[str]) -> None:
    """Have an environment save what ``files`` list into a new folder; CannotTell."""
    folder.mkdir()
    _run(environment, "save", folder, files)


def restore(environment: Installation, folder: Path, files: Sequence[str]) -> Fates:
    """What becomes of it in another environment, by the names of subjects and models; CannotTell."""
    printed = _run(environment, "restore", folder, files)
    try:
        return msgspec.json.decode(printed.splitlines()[-1], type=Fates)
    except (msgspec.DecodeError, IndexError) as error:
        raise CannotTell(f"{environment.label} does not say what it restored ({error})") from error


def _run(environment: Installation, verb: str, folder: Path, files: Sequence[str]) -> str:
    done = run_program(environment, [*_PROGRAM, verb, str(folder), *files], _PATIENCE)
    if done.returncode != 0:
        raise CannotTell(f"{environment.label} cannot {verb} checkpoints: {last_line(done.stderr)}")
    return done.stdout


def _files(subjects: str | None, models: str | None) -> list[str]:
    named = {"--subjects": subjects, "--models": models}
    return [word for option, file in named.items() if file for word in (option, file)]


def _judged(way: _Way, fates: Mapping[str, Fate]) -> Iterator[Comparison]:
    """One for all that crosses as it is, and one for each of the others."""
    whole = {name: fate for name, fate in fates.items() if fate.is_restored and not fate.renamed and not fate.is_drawn}
    if whole:
        statement = f"What {way.saver.label} saves {way.restorer.label} restores, and it does the same."
        yield _compared(way, "", Verdict.SAME, statement, *_restored(whole))
    for name, fate in fates.items():
        if name not in whole:
            yield _of_one(way, name, fate)


def _restored(fates: Mapping[str, Fate]) -> Iterator[str]:
    """A sentence for those that are the same to the last bit, and one for the others."""
    by_result: dict[str, list[str]] = {}
    for name, fate in fates.items():
        by_result.setdefault(result(fate), []).append(name)
    yield from (f"{', '.join(names)}: {said}" for said, names in by_result.items())


def result(fate: Fate) -> str:
    """What is the same after checkpoints are restored, and how nearly."""
    how = "bit for bit" if fate.bitwise else "within the measured bound"
    if fate.untrained:
        return f"restored, outputs equal {how}; it cannot be trained ({fate.untrained})"
    return f"restored, outputs and training equal {how}"


def _of_one(way: _Way, name: str, fate: Fate) -> Comparison:
    kind, _, one = name.partition(" ")
    statement = f"Checkpoints of {kind} `{one}` {way.name}: outputs and training go on as before."
    if fate.not_saved:
        # Nobody has such a checkpoint.
        verdict = Verdict.SAME if fate.refused else Verdict.NEW
        return _compared(way, name, verdict, statement, f"not saved: {fate.not_saved}")
    paths = Crossing(way.saver.label, way.restorer.label, 0, fate.bitwise, fate.renamed, []).paths("→")
    moves = [f"moved: {path}" for path in paths]
    if fate.problem and not fate.is_drawn:
        return _compared(way, name, way.worst, statement, f"not restored: {fate.problem}", *moves)
    said = f"random numbers are others: {fate.problem}" if fate.problem else result(fate)
    found = _compared(way, name, Verdict.DRIFTED, statement, said, *moves)
    return replace(found, function=fate.function or None)


def _compared(way: _Way, name: str, verdict: Verdict, statement: str, *notes: str) -> Comparison:
    id_ = f"checkpoints.{name or 'yours'} {way.name}"
    return Comparison(id_, verdict, EFFECTS.get(verdict, Effect.SAFE), statement, notes=notes, topics=("checkpoints",))
