"""Restores checkpoints after each of several edits: ``python -m meta_tests.support.edited_checkpoints FOLDER FILE``.

Prints what becomes of the model `Small`, by the name of the edit, as JSON.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from properties.support import runtime

runtime.prepare()

from properties.checkpoints import arrays, models  # noqa: E402  jax reads its settings when it is imported
from properties.checkpoints.arrays import Saved, SavedArray  # noqa: E402
from properties.checkpoints.fate import Fate  # noqa: E402
from properties.checkpoints.formats import FORMATS  # noqa: E402
from properties.checkpoints.listed import AskedModels, listed  # noqa: E402
from properties.checkpoints.moves import Labels  # noqa: E402
from properties.checkpoints.restoring import restore  # noqa: E402

MODEL, KERNEL = "model Small", "layer/kernel"


def _changed(state: Saved, path: str, change: Callable[[SavedArray], object]) -> Saved:
    one = state[path]
    return {**state, path: SavedArray.of(one.path, one.kind, change(one))}


EDITS: dict[str, Callable[[Saved], Saved]] = {
    "nothing": lambda state: state,
    "a value": lambda state: _changed(state, KERNEL, lambda one: one.array * 1.001),
    "a unit in the last place": lambda state: _changed(state, KERNEL, lambda one: one.array * (1 + 2.0**-23)),
    "a shape": lambda state: _changed(state, KERNEL, lambda one: one.array.T),
    "an array less": lambda state: {path: one for path, one in state.items() if path != KERNEL},
    "the statistics": lambda state: _changed(state, "norm/mean", lambda one: one.array + 0.5),
    "the keys": lambda state: {
        path: SavedArray.of(one.path, one.kind, one.array + 1) if one.kind == "RngKey" else one
        for path, one in state.items()
    },
}


def _restored(folder: Path, found: AskedModels, edit: Callable[[Saved], Saved], formats: list[str]) -> Fate:
    """What becomes of a copy of the model's checkpoints, edited in these formats."""
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        for path in Path(copy).glob("*.pure dict"):
            state = edit(arrays.read(path))
            for name in formats:
                target = path.with_name(path.name.replace("pure dict", name))
                shutil.rmtree(target) if target.is_dir() else target.unlink()
                FORMATS[name].write(target, state)
        return restore(Path(copy), found.usable[MODEL], Labels(MODEL, "saver", "restorer"))


def main() -> None:
    """Restore after each edit, and after an edit of one format alone."""
    folder, found = Path(sys.argv[1]), listed(None, sys.argv[2])
    index = msgspec.json.decode((folder / "index.json").read_bytes(), type=models.Index)
    whole = folder / index.saved[MODEL]
    fates = {name: _restored(whole, found, edit, [*FORMATS]) for name, edit in EDITS.items()}
    fates |= {name: _restored(whole, found, EDITS["a value"], [name]) for name in ("msgpack", "orbax")}
    print(msgspec.json.encode(fates).decode())


if __name__ == "__main__":
    main()
