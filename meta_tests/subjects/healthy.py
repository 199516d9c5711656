"""Healthy Linen modules of kinds that users write: of none of them may a property be red, or pass emptily."""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn

X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
TRAINING = {"kwargs": {"train": False}, "train": {"train": True}}


# Drawing and changing.


class NoisyNorm(nn.Module):
    """Random and mutable at once: dropout, running statistics, and a value that is sown."""

    @nn.compact
    def __call__(self, x: jax.Array, train: bool) -> jax.Array:
        x = nn.BatchNorm(use_running_average=not train)(nn.Dense(4)(x))
        self.sow("intermediates", "normalised", x)
        return nn.Dropout(0.5, deterministic=not train)(x)


class AlwaysNoisy(nn.Module):
    """It draws in every call, from a stream that has no flag."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return nn.Dense(4)(x + jax.random.normal(self.make_rng("noise"), x.shape))


class Spectral(nn.Module):
    """It draws, and changes a collection, in every call and in init."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        kernel = self.param("kernel", nn.initializers.lecun_normal(), (3, 4))
        start = self.variable("norms", "u", lambda: jax.random.normal(self.make_rng("noise"), (1, 4)))
        noise = 0.01 * jax.random.normal(self.make_rng("noise"), (1, 4))
        start.value = (start.value @ kernel.T) @ kernel + noise
        return x @ kernel / jnp.linalg.norm(start.value)


class CallCounter(nn.Module):
    """A collection that changes in every call, next to one that changes in training."""

    @nn.compact
    def __call__(self, x: jax.Array, train: bool) -> jax.Array:
        calls = self.variable("calls", "number", jnp.zeros, (), jnp.int32)
        if not self.is_initializing():
            calls.value += 1
        return nn.BatchNorm(use_running_average=not train)(nn.Dense(4)(x))


class LateCache(nn.Module):
    """Its cache is made by the first call, not by init."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        y = nn.Dense(4)(x)
        if not self.is_initializing():
            last = self.variable("cache", "last", jnp.zeros_like, y)
            last.value, y = y, y + last.value
        return y


class AuxiliaryLoss(nn.Module):
    """It sows into a collection of its own."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        y = nn.Dense(4)(x)
        self.sow("losses", "regularisation", jnp.mean(y**2))
        return nn.Dense(2)(y)


class SummedLoss(nn.Module):
    """What it sows is summed up, so that it keeps its structure."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        y = nn.Dense(4)(x)
        self.sow("losses", "sum", jnp.sum(y), init_fn=lambda: jnp.zeros(()), reduce_fn=jnp.add)
        return y


class Perturbed(nn.Module):
    """With a perturbation, by which users ask for the gradient of an intermediate value."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return nn.Dense(2)(self.perturb("inside", nn.Dense(4)(x)))


class Averages(nn.Module):
    """An exponential moving average that is held in two levels of dictionaries."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        y = nn.Dense(4, name="dense")(x)
        mean = self.variable("averages", "of", lambda: {"first": {"moment": jnp.zeros(4)}, "second": jnp.ones(4)})
        if self.is_mutable_collection("averages") and not self.is_initializing():
            first = 0.9 * mean.value["first"]["moment"] + 0.1 * y.mean(axis=0)
            mean.value = {"first": {"moment": first}, "second": mean.value["second"] * 0.5}
        return y - mean.value["first"]["moment"]


class Quantised(nn.Module):
    """Weights of eight bits next to their scale, in separate collections."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        kernel = self.variable("quantised", "kernel", lambda: jnp.arange(12, dtype=jnp.int8).reshape(3, 4))
        scale = self.param("scale", nn.initializers.ones, (4,))
        return x @ (kernel.value.astype(jnp.float32) * scale)


# Methods.


class Machine(nn.Module):
    """Methods that draw, change a collection, take keywords, and one that alone makes all parameters."""

    def setup(self) -> None:
        self.encoder, self.decoder = nn.Dense(4), nn.Dense(3)
        self.seen = self.variable("memory", "seen", lambda: jnp.zeros((), jnp.int32))

    def make(self, x: jax.Array) -> jax.Array:
        return self.decoder(self.encoder(x))

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.encoder(x)

    def sample(self, x: jax.Array, *, temperature: float = 1.0) -> jax.Array:
        return self.encoder(x) + temperature * jax.random.normal(self.make_rng("noise"), (2, 4))

    def remember(self, x: jax.Array) -> jax.Array:
        self.seen.value += 1
        return self.decoder(self.encoder(x))


# Arguments.


class Many(NamedTuple):
    values: jax.Array
    length: int


class Mode:
    """A setting without equality."""

    def __init__(self, scale: float) -> None:
        self.scale = scale


class Everything(nn.Module):
    """A key, a flag, a string, a number, an object and a mask that are given by position."""

    @nn.compact
    def __call__(
        self, x: jax.Array, key: jax.Array, train: bool, mode: str, scale: float, setting: Mode, mask: Any = None
    ) -> jax.Array:
        y = nn.Dense(4)(x) * (scale * setting.scale)
        if train and mode == "noisy":
            y = y + jax.random.uniform(key, y.shape)
        return y if mask is None else jnp.where(mask[:, None], y, 0.0)


class Batch(nn.Module):
    """The input is a dictionary with a named tuple inside."""

    @nn.compact
    def __call__(self, batch: dict[str, Any]) -> jax.Array:
        return nn.Dense(4)(batch["many"].values * batch["many"].length) + nn.Embed(3, 4)(batch["tokens"])


class Noting(nn.Module):
    """It writes into a dictionary that it is given."""

    @nn.compact
    def __call__(self, x: jax.Array, notes: dict[str, jax.Array]) -> jax.Array:
        notes["hidden"] = hidden = nn.Dense(4)(x)
        return hidden * len(notes)


class Resized(nn.Module):
    """Numbers that are shapes are given by position, and the output is complex though the parameters are not."""

    @nn.compact
    def __call__(self, x: jax.Array, height: int, width: int) -> jax.Array:
        return nn.Dense(4)(x.reshape(height, width, x.shape[-1])) + 1j


class Keywords(nn.Module):
    """It takes any keyword, and shows itself in its own way."""

    scale: float = 2.0

    @nn.compact
    def __call__(self, x: jax.Array, **kwargs: Any) -> jax.Array:
        return nn.Dense(4)(x) * kwargs.get("scale", self.scale)

    def __repr__(self) -> str:
        return f"a layer of {self.scale}\nin two lines"


class Table(nn.Module):
    """Nothing is needed to call it."""

    @nn.compact
    def __call__(self, rows: int = 2) -> jax.Array:
        return self.param("table", nn.initializers.normal(), (4, 3))[:rows]


# Outputs.


@dataclasses.dataclass
class Answer:
    """Outputs as a plain dataclass, which JAX does not know and which compares by its fields."""

    logits: jax.Array
    name: str


class Bare:
    """Outputs as an object without equality."""

    def __init__(self, logits: jax.Array, scale: int) -> None:
        self.logits, self.scale = logits, scale


class Outputs(nn.Module):
    """Outputs that transforms do not let through."""

    form: Callable[[jax.Array], Any]

    @nn.compact
    def __call__(self, x: jax.Array) -> Any:
        return self.form(nn.Dense(4)(x))


def _answer(y: jax.Array) -> Any:
    return Answer(y, "answer")


def _bare(y: jax.Array) -> Any:
    return Bare(y, 3)


def _function(y: jax.Array) -> Any:
    return lambda scale: y * scale


def _mixed(y: jax.Array) -> Any:
    return {"logits": y, "flops": 24, "name": "mixed", "nothing": None, "half": (y.astype(jnp.float16), 0.5)}


# Variables and dtypes.


class Numbers(nn.Module):
    """A parameter that is a number of Python's."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return nn.Dense(4)(x) * self.param("scale", lambda key: 2.0)


class WholeParameter(nn.Module):
    """An integer among the parameters, which jax.grad does not take."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return nn.Dense(4)(x) * self.param("times", lambda key: jnp.arange(4))


class Weak(nn.Module):
    """A counter of a weak type, which costs plain Linen a second trace too."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        number = self.variable("counters", "number", lambda: jnp.asarray(0))
        if not self.is_initializing():
            number.value = number.value + jnp.int32(1)
        return nn.Dense(4)(x)


class Phases(nn.Module):
    """Complex parameters, and an output of complex numbers."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return nn.Dense(4, param_dtype=jnp.complex64)(x * 1j)


class Choice(nn.Module):
    """Integers come out."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return nn.Dense(4)(x).argmax(axis=-1)


class KeyHolder(nn.Module):
    """A typed key is a variable."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        key = self.variable("keys", "key", lambda: jax.random.key(7))
        return nn.Dense(4)(x) + jax.random.normal(key.value, (2, 4))


SUBJECTS: dict[str, dict[str, Any]] = {
    "NoisyNorm": {
        "module": NoisyNorm(),
        "args": (X,),
        "streams": ["dropout"],
        "mutable": ["batch_stats", "intermediates"],
        **TRAINING,
    },
    "AlwaysNoisy": {"module": AlwaysNoisy(), "args": (X,), "streams": ["noise"]},
    "Spectral": {"module": Spectral(), "args": (X,), "streams": ["noise"], "mutable": ["norms"]},
    "CallCounter": {"module": CallCounter(), "args": (X,), "mutable": ["batch_stats", "calls"], **TRAINING},
    "LateCache": {"module": LateCache(), "args": (X,), "mutable": ["cache"]},
    "AuxiliaryLoss": {"module": AuxiliaryLoss(), "args": (X,), "mutable": ["losses"]},
    "SummedLoss": {"module": SummedLoss(), "args": (X,), "mutable": ["losses"]},
    "Perturbed": {"module": Perturbed(), "args": (X,)},
    "Averages": {"module": Averages(), "args": (X,), "mutable": ["averages"]},
    "Quantised": {"module": Quantised(), "args": (X,)},
    "Machine": {
        "module": Machine(),
        "args": (X,),
        "init_kwargs": {"method": "make"},
        "streams": ["noise"],
        "methods": {
            "make": (X,),
            "sample": {"args": (X,), "kwargs": {"temperature": 0.5}},
            "remember": {"args": (X,), "mutable": ["memory"]},
        },
    },
    "Everything": {
        "module": Everything(),
        "args": (X, jax.random.key(0), True, "noisy", 0.5, Mode(2.0), np.array([True, False])),
    },
    "RawKey": {"module": Everything(), "args": (X, jax.random.PRNGKey(0), True, "noisy", 1, Mode(2.0))},
    "Batch": {
        "module": Batch(),
        "args": ({"many": Many(X, 2), "tokens": np.array([0, 2])},),
    },
    "Noting": {"module": Noting(), "args": (X, {})},
    "Resized": {"module": Resized(), "args": (X, 1, 2)},
    "Keywords": {"module": Keywords(), "args": (X,), "kwargs": {"scale": 3.0, "setting": Mode(1.0)}},
    "Table": {"module": Table(), "args": ()},
    "Answer": {"module": Outputs(_answer), "args": (X,)},
    "Bare": {"module": Outputs(_bare), "args": (X,)},
    "Function": {"module": Outputs(_function), "args": (X,)},
    "Mixed": {"module": Outputs(_mixed), "args": (X,)},
    "Numbers": {"module": Numbers(), "args": (X,)},
    "WholeParameter": {"module": WholeParameter(), "args": (X,)},
    "Weak": {"module": Weak(), "args": (X,), "mutable": ["counters"]},
    "Phases": {"module": Phases(), "args": (X,)},
    "Choice": {"module": Choice(), "args": (X,)},
    "KeyHolder": {"module": KeyHolder(), "args": (X,)},
    "Maker": {"module": lambda: nn.Dense(4, dtype=jnp.float16), "args": (np.ones((2, 3), np.float16),)},
}
