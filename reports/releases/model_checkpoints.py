"""What became of the checkpoints of the suite's models on neighbours, in ``model_checkpoints.jsonl``, and over more."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec

from properties.checkpoints.fate import Fate
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
