"""What becomes of the checkpoints of a model where they are restored, by this release or by another."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from impl import flax_api
from impl.errors import TooSlow, in_one_line, limited
from impl.model import Model
from properties.checkpoints import arrays
from properties.checkpoints.arrays import Arrays, Saved
from properties.checkpoints.fate import Fate, Moves
from properties.checkpoints.formats import FORMATS
from properties.checkpoints.futures import STEPS, distance, future
from properties.checkpoints.moves import Labels, compiled, function, moves
from properties.checkpoints.saving import AGES, FRESH_SEED, SECONDS, Expected, built

_SMALL = "pure dict"


class _Target(NamedTuple):
    """A checkpoint of one age, and a model of that age that is to get it."""

    age: str
    state: Saved
    expected: Expected
    made: Any
    fresh: Saved


class _Differs(Exception):
    """A restored model lacks something, or does something else; the message is one line."""


class _DrawsOthers(_Differs):
    """It draws other random numbers, and all else is the same."""


def restore(folder: Path, model: Model, names: Labels) -> Fate:
    """Restore the checkpoints that ``save`` wrote into ``folder``, through the function that is in the answer."""
    ages = [age for age in AGES if (folder / f"{age}.expected").exists()]
    fate = Fate(checkpoints=len(ages) * len(FORMATS))
    try:
        with model.in_mesh(), limited(SECONDS):
            targets = [_target(folder, model, age) for age in ages]
            fate = _moving(fate, targets, names)
            bitwise = [_restored(folder, model, target, fate) for target in targets]
            return msgspec.structs.replace(fate, bitwise=all(bitwise), untrained=targets[0].expected.untrained)
    except _Differs as error:
        return msgspec.structs.replace(fate, problem=str(error), is_drawn=isinstance(error, _DrawsOthers))
    except (Exception, TooSlow) as error:
        return msgspec.structs.replace(fate, problem=in_one_line(error)[:300])


def _target(folder: Path, model: Model, age: str) -> _Target:
    made = built(model, FRESH_SEED, age)
    state = arrays.read(folder / f"{age}.{_SMALL}")
    expected = msgspec.msgpack.decode((folder / f"{age}.expected").read_bytes(), type=Expected)
    return _Target(age, state, expected, made, arrays.saved(flax_api.typed_state(made)))


def _moving(fate: Fate, targets: list[_Target], names: Labels) -> Fate:
    """With the paths that move, and the function that moves them."""
    found: Moves = {}
    state: Saved = {}
    fresh: Saved = {}
    for target in targets:
        found |= moves(target.state, target.fresh)
        state |= target.state
        fresh |= target.fresh
    text = function(found, state, fresh, names) if found else ""
    return msgspec.structs.replace(fate, renamed=found, function=text)


def _restored(folder: Path, model: Model, target: _Target, fate: Fate) -> bool:
    """Whether all is the same to the last bit after the restoration of each format; _Differs."""
    migrate: Callable[[Any], Any] = compiled(fate.function) if fate.function else lambda pure: pure
    read = {name: arrays.flat(migrate(form.read(folder / f"{target.age}.{name}"))) for name, form in FORMATS.items()}
    given = read[_SMALL]
    for name, other in read.items():
        _check_read(target, name, other, given)
    _check_fits(target, given)
    flax_api.set_typed_state(target.made, given)
    values = future(model, target.made, model.args, trains=not target.expected.untrained)
    return _check_values(target, values, fate.renamed)


def _check_read(target: _Target, name: str, read: Arrays, small: Arrays) -> None:
    others = [path for path in {**small, **read} if not _is_same(read.get(path), small.get(path))]
    if others:
        raise _Differs(f"{target.age}: {name} gives back another value of {others[0]}")


def _check_fits(target: _Target, given: Arrays) -> None:
    """Everything but streams of random numbers has a saved array of its shape."""
    for path, one in target.fresh.items():
        if path not in given and not one.is_of_rngs:
            raise _Differs(f"{target.age}: no saved array fits {path}")
        if path in given and given[path].shape != one.shape:
            raise _Differs(f"{target.age}: {path} has the shape {one.shape}, and {given[path].shape} was saved")


def _check_values(target: _Target, values: Arrays, renamed: Moves) -> bool:
    """Whether the values are those that were saved to the last bit; _Differs where rounding does not explain them."""
    names = {_renamed(name, renamed): name for name in target.expected.values}
    if other := sorted(values.keys() ^ names.keys()):
        raise _Differs(f"{target.age}: {_said(other[0])} is there on one side alone")
    problems = {old: _problem(target.expected, old, values[new]) for new, old in names.items()}
    found = {name: problem for name, problem in problems.items() if problem}
    judged = {name: problem for name, problem in found.items() if name not in target.expected.drawn}
    for name, problem in (judged or found).items():
        raise (_Differs if judged else _DrawsOthers)(f"{target.age}: {_said(name)} {problem}")
    return all(_is_same(values[new], target.expected.values[old].array) for new, old in names.items())


def _problem(expected: Expected, name: str, actual: np.ndarray) -> str:
    """How far a value is from the one that was saved, where that is more than rounding; "" else."""
    wanted, bound = expected.values[name].array, expected.bounds[name]
    if (actual.shape, actual.dtype) != (wanted.shape, wanted.dtype):
        return f"is {actual.dtype}{actual.shape}, and {wanted.dtype}{wanted.shape} was expected"
    most = distance(actual, wanted)
    return "" if most <= bound else f"differs by {most:.3g}, and rounding explains {bound:.3g}"


def _renamed(name: str, renamed: Mapping[str, str | None]) -> str:
    kind, _, path = name.partition("/")
    return f"{kind}/{renamed.get(path) or path}"


def _is_same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return False
    return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


_WORDS = {
    "output": "output {}",
    "loss": "the loss of step {}",
    "gradient": "the gradient of {}",
    "after": f"{{}} after {STEPS} steps",
}


def _said(name: str) -> str:
    kind, _, path = name.partition("/")
    return _WORDS[kind].format(path)
