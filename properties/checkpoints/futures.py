"""What a model does from a state on: its output, then steps of training; and how far rounding may move that."""

from collections.abc import Callable, Iterable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from impl import flax_api
from impl.model import Model
from impl.subject import fresh
from properties.checkpoints.arrays import Arrays, Saved, saved
from properties.support.comparison import opened, split_arrays
from properties.support.model_runs import loss_of
from properties.support.rounding import FACTOR, RUNS
from properties.support.subject_values import as_arrays

STEPS = 3
# A step is short whatever the loss is, so that training never blows up what rounding does.
_TRANSFORMATION = optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.01, momentum=0.9))


def future(model: Model, built: Any, args: Any, trains: bool) -> Arrays:
    """The arrays of a call's output and, where it trains, losses, the first gradients and the variables at the end.

    They are named ``output/0``, ``loss/0``, ``gradient/PATH`` and ``after/PATH``. ``built`` is changed.
    """
    outputs = split_arrays(opened(built(*fresh(args), **model.plain_call)))[0]
    found = {f"output/{place}": as_arrays(one) for place, one in enumerate(outputs)}
    return found | (train(model, built, args) if trains else {})


def train(model: Model, built: Any, args: Any) -> Arrays:
    """Make ``STEPS`` steps; gives the losses, the first gradients and the variables at the end."""
    optimizer, found = nnx.Optimizer(built, _TRANSFORMATION, wrt=nnx.Param), {}
    for number in range(STEPS):
        loss, gradients = nnx.value_and_grad(lambda one: loss_of(model, one, args))(built)
        found[f"loss/{number}"] = as_arrays(loss)
        if number == 0:
            found |= {f"gradient/{path}": as_arrays(leaf) for path, leaf in flax_api.typed_leaves(gradients)}
        flax_api.make_step(optimizer, built, gradients)
    after = saved(flax_api.typed_state(built))
    return found | {f"after/{path}": one.array for path, one in after.items() if not one.is_of_rngs}


def bounds(
    model: Model, restored: Callable[[Arrays], Any], state: Saved, expected: Arrays, trains: bool
) -> dict[str, float]:
    """For each array of a future how far each number of another may be from it, as ``assert_run_alike`` measures it.

    That is ``FACTOR`` times what ``RUNS`` changes of all floats of the state and the arguments by one unit in the
    last place cause here, and at least ``FACTOR`` such units of the largest number. ``restored`` gives a model with
    a state.
    """
    given = {path: one.array for path, one in state.items()}
    changed = []
    for run in range(RUNS):
        values, args = _changed((given, model.args), run)
        changed.append(future(model, restored(values), args, trains))
    least = FACTOR * max(map(_unit, jax.tree.leaves((given, model.args, expected))), default=0.0)
    return {name: _bound(array, [one[name] for one in changed], least) for name, array in expected.items()}


def drawn(model: Model, restored: Callable[[Arrays], Any], state: Saved, expected: Arrays, trains: bool) -> list[str]:
    """The arrays of a future that are others from other keys: nobody promises random numbers from one release on."""
    other = {path: one.array + 1 if one.kind == "RngKey" else one.array for path, one in state.items()}
    values = future(model, restored(other), model.args, trains)
    return [name for name, array in expected.items() if values[name].tobytes() != array.tobytes()]


def _changed(given: Any, run: int) -> Any:
    generator = np.random.default_rng(run)

    def change(leaf: Any) -> Any:
        if not _is_inexact(leaf):
            return leaf
        unit = float(jnp.finfo(leaf.dtype).eps)
        return leaf * np.asarray(1 + unit * generator.choice([-1.0, 1.0], np.shape(leaf))).astype(leaf.dtype)

    return jax.tree.map(change, given)


def _bound(expected: np.ndarray, changed: Iterable[np.ndarray], least: float) -> float:
    if not _is_inexact(expected):
        return 0.0
    spreads = [distance(one, expected) for one in changed]
    return max(least, *(FACTOR * one for one in spreads if np.isfinite(one)))


def _unit(leaf: Any) -> float:
    if not _is_inexact(leaf):
        return 0.0
    numbers = np.abs(_wide(leaf))
    return float(jnp.finfo(leaf.dtype).eps) * float(np.max(numbers, initial=0.0, where=np.isfinite(numbers)))


def _is_inexact(leaf: Any) -> bool:
    return bool(jnp.issubdtype(getattr(leaf, "dtype", int), jnp.inexact))


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference of two numbers; infinite where just one is not a number."""
    first, second = _wide(one), _wide(other)
    with np.errstate(invalid="ignore"):
        apart = np.abs(first - second)
    same = (first == second) | (np.isnan(first) & np.isnan(second))
    return float(np.max(np.where(same, 0.0, np.where(np.isnan(apart), np.inf, apart)), initial=0.0))


def _wide(array: Any) -> np.ndarray:
    given = np.asarray(array)
    return given.astype(np.complex128 if given.dtype.kind == "c" else np.float64)
