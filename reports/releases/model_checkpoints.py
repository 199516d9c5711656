"""What became of the checkpoints of the suite's models on neighbours, in ``model_checkpoints.jsonl``, and over more."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import msgspec

from properties.checkpoints.fate import Fate
from properties.findings import version
from reports import releases
from reports.atomic_write import write_whole
from reports.digests.digest import digest_of_module
from reports.errors import BadInput
from reports.model import Record, Text
from reports.paths import MODELS
from reports.releases.checkpoints import composed_renames, neighbours

FILE = Path(__file__).with_name("model_checkpoints.jsonl")
_PROGRAM = "properties.checkpoints.models"


class ModelCrossing(Record, frozen=True):
    """Checkpoints of several models that one release saved and another restored."""

    saved_by: Text
    restored_by: Text
    # By the name of each model.
    models: dict[str, Fate]
    # Of the program that saves and restores, and of the models.
    digest: Text = ""


def over(old: str, new: str) -> ModelCrossing | None:
    """From a release to another through all between; None where a pair of neighbours was not tried."""
    known = releases.releases()
    steps = [_crossings().get(pair) for pair in neighbours(old, new)] if {old, new} <= set(known) else []
    return _composed(old, new, [one for one in steps if one]) if steps and all(steps) else None


def missing() -> list[tuple[str, str]]:
    """The neighbours, in both directions, that were not tried yet or not with the present program and models."""
    known = releases.releases()
    pairs = [*pairwise(known), *pairwise(known[::-1])]
    found, digest = _crossings(), _digest()
    return [pair for pair in pairs if pair not in found or found[pair].digest != digest]


def keep(crossing: ModelCrossing) -> None:
    """Take what was tried into the committed evidence, without the functions, which follow from the paths."""
    if not {crossing.saved_by, crossing.restored_by} <= set(releases.releases()):
        raise BadInput(f"{crossing.saved_by} and {crossing.restored_by} are not both releases with evidence")
    models = {name: msgspec.structs.replace(fate, function="") for name, fate in crossing.models.items()}
    new = msgspec.structs.replace(crossing, models=models, digest=_digest())
    found = {**_crossings(), (new.saved_by, new.restored_by): new}
    lines = [found[pair] for pair in sorted(found, key=lambda pair: (*sorted(map(version, pair)), version(pair[0])))]
    write_whole(FILE, "".join(msgspec.json.encode(one).decode() + "\n" for one in lines))
    _crossings.cache_clear()


def _digest() -> str:
    return f"{digest_of_module(_PROGRAM)}-{digest_of_module(MODELS)}"


@cache
def _crossings() -> Mapping[tuple[str, str], ModelCrossing]:
    lines = FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else []
    try:
        found = [msgspec.json.decode(line, type=ModelCrossing) for line in lines]
    except msgspec.DecodeError as error:
        raise BadInput(f"{FILE}: damaged ({error}); take it from version control again") from error
    return {(one.saved_by, one.restored_by): one for one in found}


def _composed(old: str, new: str, steps: Sequence[ModelCrossing]) -> ModelCrossing:
    return ModelCrossing(old, new, {name: _over_steps(name, steps) for name in steps[0].models})


def _over_steps(name: str, steps: Sequence[ModelCrossing]) -> Fate:
    """What became of one model on the way: a step that does not restore it says more than one that draws otherwise."""
    fates = [step.models.get(name, Fate(not_saved="it is not listed")) for step in steps]
    if fates[0].not_saved:
        return fates[0]
    lost = [place for place, fate in enumerate(fates) if not fate.is_restored]
    drawn = [place for place, fate in enumerate(fates) if fate.is_drawn]
    return Fate(
        checkpoints=min(fate.checkpoints for fate in fates),
        bitwise=all(fate.bitwise for fate in fates),
        renamed=composed_renames([fate.renamed for fate in fates]),
        problem=next((_said(steps[place], fates[place]) for place in [*lost, *drawn]), ""),
        is_drawn=bool(drawn) and not lost,
    )


def _said(step: ModelCrossing, fate: Fate) -> str:
    return f"{step.saved_by} → {step.restored_by}: {fate.problem or fate.not_saved}"
