"""What one release saves of a model: its state in each format, and what the model does from there on."""

from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from flax import nnx

from impl import flax_api
from impl.errors import in_one_line, limited
from impl.model import Model
from properties.checkpoints import arrays
from properties.checkpoints.arrays import Arrays, Saved, SavedArray
from properties.checkpoints.formats import FORMATS
from properties.checkpoints.futures import bounds, drawn, future, train

AGES = ("initialised", "trained")
SAVED_SEED, FRESH_SEED = 11, 12
# The most time of the processor that a model may take, and the most bytes of its state.
SECONDS, MOST_BYTES = 120, 100_000_000


class CannotSave(Exception):
    """There is nothing to save of a model, or too much; the message is one line."""


class Expected(msgspec.Struct, frozen=True):
    """What a model does from a saved state on, and how far each number of another may be from it."""

    values: Saved
    bounds: dict[str, float]
    # Why there is no training, which is then not compared; "" where there is.
    untrained: str
    # The values that come from random numbers, which another release may draw otherwise.
    drawn: list[str]


class Checkpoint(NamedTuple):
    """A saved state with what the model does from there on."""

    state: Saved
    expected: Expected


def save(folder: Path, model: Model) -> None:
    """Write the checkpoints of the model into ``folder``; raises CannotSave, TooSlow, and what the model raises."""
    with model.in_mesh(), limited(SECONDS):
        untrained = _why_untrained(model)
        for age in AGES[:1] if untrained else AGES:
            _write(folder, age, checkpoint(model, age, untrained))


def _write(folder: Path, age: str, found: Checkpoint) -> None:
    for name, form in FORMATS.items():
        form.write(folder / f"{age}.{name}", found.state)
    (folder / f"{age}.expected").write_bytes(msgspec.msgpack.encode(found.expected))


def checkpoint(model: Model, age: str, untrained: str) -> Checkpoint:
    """The state of the model at this age, and what it does then; raises CannotSave, and what the model raises."""
    made = built(model, SAVED_SEED, age)
    state, trains = _bounded(arrays.saved(flax_api.typed_state(made))), not untrained
    values = future(model, made, model.args, trains)

    graph, others = nnx.split(built(model, FRESH_SEED, age))

    def restored(given: Arrays) -> Any:
        fresh = flax_api.merged(graph, others)
        flax_api.set_typed_state(fresh, given)
        return fresh

    allowed = bounds(model, restored, state, values, trains)
    random = drawn(model, restored, state, values, trains)
    kept = {name: SavedArray.of((), "", array) for name, array in values.items()}
    return Checkpoint(state, Expected(kept, allowed, untrained, random))


def built(model: Model, seed: int, age: str) -> Any:
    """The model from a seed, at this age."""
    made = model.initialised(seed)
    if age == "trained":
        train(model, made, model.args)
    return made


def _why_untrained(model: Model) -> str:
    """Why the model cannot be trained; "" where it can."""
    try:
        future(model, model.initialised(SAVED_SEED), model.args, trains=True)
    except pytest.skip.Exception as reason:  # it has no output of which there is a loss
        return str(reason)
    except Exception as error:
        return in_one_line(error)
    return ""


def _bounded(state: Saved) -> Saved:
    size = sum(len(one.data) for one in state.values())
    if not state:
        raise CannotSave("it has no variables, so there is nothing to save")
    if size > MOST_BYTES:
        raise CannotSave(f"its state has {size:,} bytes: give a small configuration, of at most {MOST_BYTES:,}")
    return state
