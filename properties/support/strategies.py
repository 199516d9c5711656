"""Strategies for the arguments of the entry; each names the class of what it drew with ``event``.

Seeds, lengths and feature counts are whole numbers passed as floats, as the
entry takes them. Shapes come from one bounded pool, because a new shape costs
half a second of compilation and an old one nothing; seeds and values are free.
Strategies are cached because Hypothesis validates a new strategy object at
every draw, which takes longer than the draw.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import cycle
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import event
from hypothesis import strategies as st


class Call(NamedTuple):
    """The arguments of one call of the entry; ``entry(*call)`` makes it."""

    seed: float
    x: Any
    features: float

    def __repr__(self) -> str:
        return f"Call(seed={self.seed!r}, x={_plain(self.x)}, features={self.features!r})"

    @property
    def length(self) -> int:
        return len(self.x)


# (length, features) -> the class of shape that it stands for. A shape's kernel is (length, features).
SHAPES: dict[tuple[int, int], str] = {
    (1, 1): "one by one",
    (1, 5): "row",
    (6, 1): "column",
    (4, 4): "square",
    (2, 33): "wide",
    (31, 2): "tall",
    (8, 16): "powers of two",
    (7, 9): "below and above a power of two",
    (17, 15): "above and below a power of two",
    (13, 11): "primes",
    (3, 67): "features above 64",
    (65, 3): "length above 64",
    (64, 63): "at and below 64",
    (129, 2): "length above 128",
    (5, 131): "features above 128",
    (137, 129): "both above 128",
}

# The shapes of the device chapter, fewer because every device compiles its own programs.
DEVICE_SHAPES = ((1, 1), (4, 4), (8, 16), (64, 63), (5, 131))

# Seeds of each class, for properties in which every new seed is a new program to compile: each shape has its own.
STATIC_SEEDS: tuple[float, ...] = (0.0, 1.0, -1.0, 4.9, 2.0**31, 2.0**32 - 1, 2.0**53)
SEED_OF_SHAPE = dict(zip(SHAPES, cycle(STATIC_SEEDS), strict=False))

FLOAT32_MAX = float(np.finfo(np.float32).max)
FLOAT32_TINY = float(np.finfo(np.float32).tiny)


def _named(kind: str, label: str, strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def named(value: Any) -> Any:
        event(f"{kind}: {label}")
        return value

    return strategy.map(named)


def _around(*centres: int) -> st.SearchStrategy[float]:
    return st.builds(lambda centre, step: float(centre + step), st.sampled_from(centres), st.integers(-2, 2))


SEED_CLASSES: dict[str, st.SearchStrategy[float]] = {
    "small": st.integers(0, 1000).map(float),
    "negative": st.integers(-1000, -1).map(float),
    "fractional": st.floats(-1000, 1000).filter(lambda seed: seed != int(seed)),
    "around 2**31": _around(2**31, -(2**31)),
    "around 2**32": _around(2**32, -(2**32)),
    "up to 2**53": st.integers(-(2**53), 2**53).map(float),
}


@cache
def seeds() -> st.SearchStrategy[float]:
    """Seeds of every class, up to 2**53 in magnitude, where floats stop telling whole numbers apart."""
    return st.one_of([_named("seed", label, strategy) for label, strategy in SEED_CLASSES.items()])


@cache
def shapes(pool: tuple[tuple[int, int], ...] = tuple(SHAPES)) -> st.SearchStrategy[tuple[int, int]]:
    """Pairs (length, features) of the pool."""
    return st.sampled_from(pool).map(_with_event)


def _with_event(shape: tuple[int, int]) -> tuple[int, int]:
    event(f"shape: {shape[0]}x{shape[1]}, {SHAPES[shape]}")
    return shape


@cache
def feature_counts(features: int) -> st.SearchStrategy[float]:
    """``features`` as a float: whole, or with a fraction that ``int`` drops."""
    fractional = st.sampled_from([0.25, 0.5, 0.9]).map(lambda fraction: features + fraction)
    return _named("features", "whole", st.just(float(features))) | _named("features", "fractional", fractional)


# Inputs. Drawing 137 floats one by one is slow and shrinks badly, so a vector is drawn as a class,
# one small seed for NumPy's generator, and nothing else: it shrinks towards the class's first vector.

Vector = Callable[[np.random.Generator, int], Any]


def _one_hot(rng: np.random.Generator, length: int) -> Any:
    vector = np.zeros(length)
    vector[rng.integers(length)] = 1.0
    return vector


def _cancelling(rng: np.random.Generator, length: int) -> Any:
    # Large terms in pairs of opposite sign next to small ones: the sum is far below its terms.
    vector = rng.standard_normal(length) * 10.0 ** rng.integers(-3, 6, length)
    vector[1::2] = -vector[: length - length % 2 : 2] * (1 + 1e-3 * rng.standard_normal(length // 2))
    return vector


def _normal(rng: np.random.Generator, length: int) -> Any:
    return rng.standard_normal(length)


INPUT_CLASSES: dict[str, Vector] = {
    "ordinary": lambda rng, length: rng.integers(-8, 9, length) / 4,
    "normal": _normal,
    "zeros": lambda rng, length: np.zeros(length),
    "one-hot": _one_hot,
    "signed zeros": lambda rng, length: np.where(rng.random(length) < 0.5, 0.0, -0.0),
    "subnormal": lambda rng, length: rng.uniform(-1, 1, length) * FLOAT32_TINY,
    "very small": lambda rng, length: rng.uniform(-1, 1, length) * 10.0 ** rng.uniform(-37, -20),
    "very large": lambda rng, length: rng.uniform(-1, 1, length) * 10.0 ** rng.uniform(20, 38),
    "cancelling": _cancelling,
}

NON_FINITE_CLASSES: dict[str, Sequence[float]] = {
    "nan": (np.nan,),
    "inf": (np.inf,),
    "-inf": (-np.inf,),
    "inf and -inf": (np.inf, -np.inf),
    "nan and inf": (np.nan, np.inf),
}

# Other things than float32 JAX arrays that the bridged layer accepts, by what makes them of a float64 vector.
ARRAY_CLASSES: dict[str, Callable[[np.ndarray], Any]] = {
    "int32": lambda vector: jnp.asarray(vector, jnp.int32),
    "float16": lambda vector: jnp.asarray(vector, jnp.float16),
    "bfloat16": lambda vector: jnp.asarray(vector, jnp.bfloat16),
    "float64 of NumPy": lambda vector: vector,
    "float32 of NumPy": lambda vector: vector.astype(np.float32),
}

_non_finite_labels = st.sampled_from(sorted(NON_FINITE_CLASSES))
_array_labels = st.sampled_from(sorted(ARRAY_CLASSES))
_generator_seeds = st.integers(0, 2**16 - 1)


@cache
def _lists(length: int) -> st.SearchStrategy[list[float]]:
    return _generator_seeds.map(lambda seed: (np.random.default_rng(seed).integers(-8, 9, length) / 4).tolist())


@cache
def _pairs(length: int) -> st.SearchStrategy[jax.Array]:
    return st.builds(partial(_vector, length, _two_entries, "two entries"), _generator_seeds)


def _two_entries(rng: np.random.Generator, length: int) -> Any:
    vector = np.zeros(length)
    vector[rng.permutation(length)[:2]] = rng.uniform(0.5, 8, 2) * rng.choice([-1, 1], 2)
    return vector


def _vector(length: int, make: Vector, label: str, seed: int) -> jax.Array:
    event(f"input: {label}")
    return jnp.asarray(np.asarray(make(np.random.default_rng(seed), length), np.float32))


@cache
def inputs(length: int) -> st.SearchStrategy[jax.Array]:
    """Finite float32 vectors of shape ``(length,)``, of every class."""
    classes = [
        st.builds(partial(_vector, length, make, label), _generator_seeds) for label, make in INPUT_CLASSES.items()
    ]
    return st.one_of(classes)


@cache
@st.composite
def _non_finite_inputs(draw: st.DrawFn, length: int) -> jax.Array:
    label = draw(_non_finite_labels)
    event(f"input: {label}")
    rng = np.random.default_rng(draw(_generator_seeds))
    vector = rng.integers(-8, 9, length) / 4
    for value in NON_FINITE_CLASSES[label]:
        vector[rng.integers(length)] = value
    return jnp.asarray(vector, jnp.float32)


@cache
@st.composite
def _other_arrays(draw: st.DrawFn, length: int) -> Any:
    label = draw(_array_labels)
    event(f"input: {label}")
    rng = np.random.default_rng(draw(_generator_seeds))
    return ARRAY_CLASSES[label](rng.integers(-8, 9, length) / 4)


@st.composite
def _calls(
    draw: st.DrawFn,
    x: Callable[[int], st.SearchStrategy[Any]],
    pool: tuple[tuple[int, int], ...] = tuple(SHAPES),
    static_seeds: bool = False,
) -> Call:
    length, features = draw(shapes(pool))
    if static_seeds:
        return Call(SEED_OF_SHAPE[length, features], draw(x(length)), float(features))
    return Call(draw(seeds()), draw(x(length)), draw(feature_counts(features)))


def calls(least_weights: int = 1) -> st.SearchStrategy[Call]:
    """Calls of the entry with a finite float32 JAX array, and a kernel of at least so many weights."""
    return _calls(inputs, tuple(shape for shape in SHAPES if shape[0] * shape[1] >= least_weights))


def static_calls() -> st.SearchStrategy[Call]:
    """Calls whose seeds and features come from a bounded pool of pairs, for programs that hold both as constants."""
    return _calls(inputs, static_seeds=True)


@st.composite
def calls_apart_in_seed(draw: st.DrawFn) -> tuple[Call, Call]:
    """Two calls that differ in the seed alone, by more than a multiple of 2**32; related seeds are frequent."""
    call = draw(calls(least_weights=3))
    related = [-call.seed, call.seed + 1, call.seed + 2**16, call.seed + 2**31]
    others = [seed for seed in related if (int(seed) - int(call.seed)) % 2**32 != 0]
    unrelated = seeds().filter(lambda seed: (int(seed) - int(call.seed)) % 2**32 != 0)
    return call, call._replace(seed=draw(st.one_of(unrelated, st.sampled_from(others))))


def calls_apart_in_x() -> st.SearchStrategy[tuple[Call, Call]]:
    """Two calls that differ at most in the values of x."""
    return _apart_in_x(calls())


def static_calls_apart_in_x() -> st.SearchStrategy[tuple[Call, Call]]:
    """Two calls that differ at most in the values of x, of the bounded pool of static_calls."""
    return _apart_in_x(static_calls())


@st.composite
def _apart_in_x(draw: st.DrawFn, drawn: st.SearchStrategy[Call]) -> tuple[Call, Call]:
    call = draw(drawn)
    return call, call._replace(x=draw(inputs(call.length)))


def device_calls() -> st.SearchStrategy[Call]:
    """Calls of the shapes that are tried on every device."""
    return _calls(inputs, DEVICE_SHAPES)


def non_finite_calls() -> st.SearchStrategy[Call]:
    """Calls whose input holds NaN or an infinity."""
    return _calls(_non_finite_inputs)


def other_array_calls() -> st.SearchStrategy[Call]:
    """Calls whose input is an array of another dtype, or NumPy's."""
    return _calls(_other_arrays)


def list_calls() -> st.SearchStrategy[Call]:
    """Calls whose input is a Python list of numbers."""
    return _calls(_lists)


def two_term_calls() -> st.SearchStrategy[Call]:
    """Calls whose input has two entries that are not zero, of ordinary magnitude."""
    return _calls(_pairs, tuple(shape for shape in SHAPES if shape[0] > 1))


@st.composite
def small_matrices(draw: st.DrawFn) -> jax.Array:
    """Float32 arrays of two dimensions, of few shapes."""
    shape = draw(st.sampled_from([(1, 1), (1, 4), (2, 3), (4, 4)]))
    return _vector(int(np.prod(shape)), _normal, "matrix", draw(_generator_seeds)).reshape(shape)


def _plain(x: Any) -> str:
    """``x`` as an expression of its values: a bare list is a float32 JAX array, what else there is names its type."""
    if isinstance(x, list):
        return f"list({x!r})"
    array = np.asarray(x)
    if array.ndim == 0:
        return str(array)
    numbers = [str(number) for number in array.reshape(-1)]
    if len(numbers) > 4 and len(set(numbers)) == 1:
        text = f"[{numbers[0]}] * {len(numbers)}"
    else:
        text = f"[{', '.join(numbers)}]"
    if isinstance(x, np.ndarray):
        return f"np.{array.dtype}({text})"
    return text if array.dtype == np.float32 else f"jnp.{array.dtype}({text})"
