"""Checkpoints of subjects and models: ``python -m properties.checkpoints.models save|restore FOLDER [--models FILE]``.

``save`` restores what it saved itself, too: what this release does not restore is no fault of another. ``restore``
prints what became of each model, by its name, as JSON.
"""

import argparse
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import msgspec

from properties.checkpoints.fate import Fate
from properties.support import runtime

runtime.prepare()

from impl.errors import TooSlow, in_one_line  # noqa: E402  jax reads its settings when it is imported
from impl.model import Model  # noqa: E402
from properties.checkpoints.listed import AskedModels, listed  # noqa: E402
from properties.checkpoints.moves import Labels  # noqa: E402
from properties.checkpoints.restoring import restore  # noqa: E402
from properties.checkpoints.saving import CannotSave, save  # noqa: E402

_INDEX = "index.json"


class Index(msgspec.Struct, frozen=True):
    """What a folder of checkpoints holds."""

    release: str
    # Of each model that has checkpoints the folder.
    saved: dict[str, str]
    # What there is to say of the others.
    others: dict[str, Fate]


def save_all(folder: Path, found: AskedModels) -> None:
    """Write the checkpoints of each model, and an index."""
    release = f"flax {version('flax')}"
    others = {name: Fate(not_saved=reason, refused=True) for name, reason in found.refused.items()}
    others |= {name: Fate(not_saved=reason) for name, reason in found.broken.items()}
    saved = {}
    for number, (name, model) in enumerate(found.usable.items()):
        (folder / str(number)).mkdir()
        fate = _saved(folder / str(number), model, Labels(_shown(name), release, release))
        if fate.not_saved:
            others[name] = fate
        else:
            saved[name] = str(number)
    (folder / _INDEX).write_bytes(msgspec.json.encode(Index(release, saved, others)))


def _saved(folder: Path, model: Model, names: Labels) -> Fate:
    """What became of the checkpoints where they were made; ``not_saved`` if this release itself has no use for them."""
    try:
        save(folder, model)
    except CannotSave as error:
        return Fate(not_saved=str(error), refused=True)
    except (Exception, TooSlow) as error:
        return Fate(not_saved=in_one_line(error)[:300])
    fate = restore(folder, model, names)
    return Fate(not_saved=f"it does not restore its own ({fate.problem})") if fate.problem else fate


def restore_all(folder: Path, found: AskedModels) -> dict[str, Fate]:
    """What becomes of the checkpoints of each model."""
    index = msgspec.json.decode((folder / _INDEX).read_bytes(), type=Index)
    return {**index.others, **dict(_fates(folder, index, found))}


def _fates(folder: Path, index: Index, found: AskedModels) -> Iterator[tuple[str, Fate]]:
    reasons: Mapping[str, str] = {**found.refused, **found.broken}
    for name, place in index.saved.items():
        if name in found.usable:
            names = Labels(_shown(name), index.release, f"flax {version('flax')}")
            yield name, restore(folder / place, found.usable[name], names)
        else:
            yield name, Fate(problem=reasons.get(name, "it is not listed here")[:300])


def _shown(name: str) -> str:
    """``model `Encoder` ``."""
    kind, _, one = name.partition(" ")
    return f"{kind} `{one}`"


def main() -> None:
    """Save or restore."""
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=("save", "restore"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--subjects")
    parser.add_argument("--models")
    options = parser.parse_args()
    found = listed(options.subjects, options.models)
    if options.verb == "save":
        save_all(options.folder, found)
    else:
        print(msgspec.json.encode(restore_all(options.folder, found)).decode())


if __name__ == "__main__":
    main()
