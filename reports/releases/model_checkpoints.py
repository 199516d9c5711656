"""What became of the checkpoints of the suite's models on neighbours, in ``model_checkpoints.jsonl``, and over more."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec

from properties.checkpoints.fate import Fate
from properties.findings import version
from reports.digests.digest import digest_of_module
from reports.model import Record, Text
from reports.paths import MODELS
from reports.releases.checkpoints import composed_renames
from reports.releases.crossings import Pair, not_tried, read_all, steps, write_with

FILE = Path(__file__).with_name("model_checkpoints.jsonl")
_PROGRAM = "properties.checkpoints.models"


class ModelCrossing(Record, frozen=True):
    """Checkpoints of several models that one release saved and another restored."""

    saved_by: Text
    restored_by: Text
    # By the name of each model.
    models: dict[str, Fate]
    # Over several releases, of each model that is not restored or draws other random numbers: the first two neighbours
    # between which it happens, the older one first.
    first_between: dict[str, tuple[Text, Text]] = msgspec.field(default_factory=dict)
    # Of the program that saves and restores, and of the models.
    digest: Text = ""


def over(old: str, new: str) -> ModelCrossing | None:
    """From a release to another through all between; None where a pair of neighbours was not tried."""
    found = steps(_crossings(), old, new)
    return _composed(old, new, found) if found else None


def missing() -> list[Pair]:
    """The neighbours, in both directions, that were not tried yet or not with the present program and models."""
    return not_tried(_crossings(), _digest())


def keep(crossing: ModelCrossing) -> None:
    """Take what was tried into the committed evidence, without the functions, which follow from the paths."""
    models = {name: msgspec.structs.replace(fate, function="") for name, fate in crossing.models.items()}
    write_with(FILE, _crossings(), msgspec.structs.replace(crossing, models=models, digest=_digest()))
    _crossings.cache_clear()


def _digest() -> str:
    return f"{digest_of_module(_PROGRAM)}-{digest_of_module(MODELS)}"


@cache
def _crossings() -> dict[Pair, ModelCrossing]:
    return read_all(FILE, ModelCrossing)


def _composed(old: str, new: str, steps: Sequence[ModelCrossing]) -> ModelCrossing:
    fates = {name: _fates(name, steps) for name in steps[0].models}
    changing = {name: place for name, one in fates.items() if (place := _changes_at(one)) is not None}
    return ModelCrossing(
        old,
        new,
        {name: _over_steps(one, changing.get(name)) for name, one in fates.items()},
        {name: _neighbours(steps[place]) for name, place in changing.items()},
    )


def _neighbours(step: ModelCrossing) -> tuple[str, str]:
    older, newer = sorted((step.saved_by, step.restored_by), key=version)
    return older, newer


def _fates(name: str, steps: Sequence[ModelCrossing]) -> list[Fate]:
    return [step.models.get(name, Fate(not_saved="it is not listed")) for step in steps]


def _changes_at(fates: Sequence[Fate]) -> int | None:
    """The first step that does not restore it, else the first that draws other random numbers; None without one."""
    if fates[0].not_saved:
        return None
    lost = [place for place, fate in enumerate(fates) if not fate.is_restored]
    drawn = [place for place, fate in enumerate(fates) if fate.is_drawn]
    return next(iter([*lost, *drawn]), None)


def _over_steps(fates: Sequence[Fate], changing: int | None) -> Fate:
    """What became of one model on the way, with the problem of that step."""
    if fates[0].not_saved:
        return fates[0]
    changed = Fate() if changing is None else fates[changing]
    return Fate(
        checkpoints=min(fate.checkpoints for fate in fates),
        bitwise=all(fate.bitwise for fate in fates),
        renamed=composed_renames([fate.renamed for fate in fates]),
        problem=changed.problem or changed.not_saved,
        is_drawn=changed.is_drawn,
    )
