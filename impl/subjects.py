"""The subjects: Linen modules of every kind, in the form that a file of yours has.

Each is tiny, because every generic property runs with each.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn


class MLP(nn.Module):
    """Compact, with automatic names."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return nn.Dense(3)(nn.relu(nn.Dense(4)(x)))


class Autoencoder(nn.Module):
    """With `setup` and several methods."""

    def setup(self) -> None:
        self.encoder = nn.Dense(2)
        self.decoder = nn.Dense(3)

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.decode(self.encode(x))

    def encode(self, x: jax.Array) -> jax.Array:
        return nn.tanh(self.encoder(x))

    def decode(self, code: jax.Array) -> jax.Array:
        return self.decoder(code)


class Shared(nn.Module):
    """One submodule called twice, with one set of parameters."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        shared = nn.Dense(3, name="shared")
        return shared(nn.relu(shared(x)))


class Scanned(nn.Module):
    """Three layers by `nn.scan` with separate parameters, recomputed for the gradient by `nn.remat`."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        layers = nn.scan(nn.remat(Step), variable_axes={"params": 0}, split_rngs={"params": True}, length=3)
        return layers(name="layers")(x, None)[0]


class Step(nn.Module):
    """One step of a scan."""

    @nn.compact
    def __call__(self, x: jax.Array, _: None) -> tuple[jax.Array, None]:
        return nn.tanh(nn.Dense(3)(x)), None


class Heads(nn.Module):
    """Two layers by `nn.vmap`, called with the same input."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        heads = nn.vmap(
            nn.Dense, variable_axes={"params": 0}, split_rngs={"params": True}, in_axes=None, out_axes=1, axis_size=2
        )
        return heads(4, name="heads")(x)


class Counter(nn.Module):
    """Two collections without a Flax `Variable` type, next to an `nn.Dense`."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        calls = self.variable("counters", "calls", jnp.zeros, (), jnp.int32)
        mean = self.variable("statistics", "mean", lambda: jnp.zeros(3))
        if self.is_mutable_collection("counters") and not self.is_initializing():
            calls.value += 1
        if self.is_mutable_collection("statistics"):
            mean.value = 0.5 * mean.value + 0.5 * x.mean(axis=0)
        return nn.Dense(3)(x - mean.value)


class Sowing(nn.Module):
    """Sows in the module and in a submodule."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.Dense(3)(x)
        self.sow("intermediates", "hidden", x)
        return SowingStep(name="below")(x)


class SowingStep(nn.Module):
    """A layer that sows."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        self.sow("intermediates", "before", x)
        return nn.tanh(x)


class TransformerBlock(nn.Module):
    """Self-attention and an MLP, each with LayerNorm, Dropout and a residual connection."""

    @nn.compact
    def __call__(self, x: jax.Array, deterministic: bool = True) -> jax.Array:
        attended = nn.MultiHeadDotProductAttention(num_heads=2)(nn.LayerNorm()(x))
        x = x + nn.Dropout(0.5)(attended, deterministic=deterministic)
        return x + nn.Dropout(0.5)(nn.Dense(4)(nn.gelu(nn.Dense(8)(nn.LayerNorm()(x)))), deterministic=deterministic)


class NoisyNorm(nn.Module):
    """Draws, updates statistics and sows in one training call."""

    @nn.compact
    def __call__(self, x: jax.Array, train: bool = False) -> jax.Array:
        x = nn.BatchNorm(use_running_average=not train)(nn.Dense(4)(x))
        self.sow("intermediates", "normalised", x)
        return nn.Dropout(0.5, deterministic=not train)(x)


@dataclass
class Answer:
    """An output that is not a pytree."""

    logits: jax.Array
    mode: str


class Sampler(nn.Module):
    """Draws in every call from a key argument and from an RNG stream; `build` initializes it."""

    def setup(self) -> None:
        self.encoder, self.decoder = nn.Dense(4), nn.Dense(3)
        self.calls = self.variable("memory", "calls", lambda: jnp.zeros((), jnp.int32))

    def build(self, x: jax.Array) -> jax.Array:
        return self.decoder(self.encoder(x))

    def __call__(self, x: jax.Array, key: jax.Array, noisy: bool, mode: str, scale: float) -> Answer:
        code = self.encoder(x) * scale
        noise = jax.random.normal(key, code.shape) + jax.random.normal(self.make_rng("noise"), code.shape)
        return Answer(code + noise if noisy else code, mode)

    def sample(self, code: jax.Array, *, temperature: float) -> jax.Array:
        noise = jax.random.normal(self.make_rng("noise"), code.shape)
        return self.decoder(code + temperature * noise)

    def remember(self, x: jax.Array) -> jax.Array:
        self.calls.value += 1
        return self.encoder(x)


def _partitioned(names: tuple[str, str]) -> Any:
    return nn.with_partitioning(nn.initializers.lecun_normal(), names)


def _logically_partitioned(names: tuple[str, str]) -> Any:
    return nn.with_logical_partitioning(nn.initializers.lecun_normal(), names)


X = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
SEQUENCE = jnp.linspace(-1.0, 1.0, 24).reshape(2, 3, 4)
IMAGES = jnp.linspace(-1.0, 1.0, 54).reshape(2, 3, 3, 3)
TOKENS = jnp.array([[0, 2, 4], [1, 3, 4]])

SUBJECTS: dict[str, dict[str, Any]] = {
    "Dense": {"module": nn.Dense(4), "args": (X,)},
    "Bfloat16": {"module": nn.Dense(4, dtype=jnp.bfloat16, param_dtype=jnp.bfloat16), "args": (X,)},
    "MLP": {"module": MLP(), "args": (X,)},
    "Setup": {"module": Autoencoder(), "args": (X,), "methods": {"encode": (X,), "decode": (X[:, :2],)}},
    "Shared": {"module": Shared(), "args": (X,)},
    "Conv": {"module": nn.Conv(2, (2, 2)), "args": (IMAGES,)},
    "Embed": {"module": nn.Embed(5, 4), "args": (TOKENS,), "methods": {"attend": (SEQUENCE,)}},
    "LayerNorm": {"module": nn.LayerNorm(), "args": (X,)},
    "BatchNorm": {
        "module": nn.BatchNorm(),
        "args": (X,),
        "kwargs": {"use_running_average": True},
        "train": {"use_running_average": False},
        "mutable": ["batch_stats"],
    },
    "Dropout": {
        "module": nn.Dropout(0.5),
        "args": (X,),
        "kwargs": {"deterministic": True},
        "train": {"deterministic": False},
        "streams": ["dropout"],
    },
    "SpectralNorm": {
        "module": nn.SpectralNorm(nn.Dense(4)),
        "args": (X,),
        "kwargs": {"update_stats": False},
        "train": {"update_stats": True},
        "mutable": ["batch_stats"],
    },
    "WeightNorm": {"module": nn.WeightNorm(nn.Dense(4)), "args": (X,)},
    "Attention": {"module": nn.MultiHeadDotProductAttention(num_heads=2), "args": (SEQUENCE,)},
    "DecodeCache": {
        "module": nn.MultiHeadDotProductAttention(num_heads=2, decode=True),
        "init_args": (SEQUENCE,),
        "args": (SEQUENCE[:, :1],),
        "mutable": ["cache"],
    },
    "TransformerBlock": {
        "module": TransformerBlock(),
        "args": (SEQUENCE,),
        "train": {"deterministic": False},
        "streams": ["dropout"],
    },
    "LSTM": {"module": nn.RNN(nn.LSTMCell(2)), "args": (SEQUENCE,)},
    "GRU": {"module": nn.RNN(nn.GRUCell(2)), "args": (SEQUENCE,)},
    "Scanned": {"module": Scanned(), "args": (X,)},
    "Heads": {"module": Heads(), "args": (X,)},
    "Partitioned": {
        "module": nn.Dense(4, kernel_init=_partitioned(("data", "model"))),
        "args": (X,),
        "mesh": ["data", "model"],
    },
    "LogicallyPartitioned": {
        "module": nn.Dense(4, kernel_init=_logically_partitioned(("data", "model"))),
        "args": (X,),
        "mesh": ["data", "model"],
    },
    "Complex": {
        "module": nn.Dense(4, dtype=jnp.complex64, param_dtype=jnp.complex64),
        "args": (X * (1 - 0.5j),),
    },
    "NoisyNorm": {
        "module": NoisyNorm(),
        "args": (X,),
        "train": {"train": True},
        "streams": ["dropout"],
        "mutable": ["batch_stats", "intermediates"],
    },
    "Sampler": {
        "module": Sampler(),
        "args": (X, jax.random.key(0), True, "noisy", 0.5),
        "init_args": (X,),
        "init_kwargs": {"method": "build"},
        "streams": ["noise"],
        "methods": {
            "build": (X,),
            "sample": {"args": (SEQUENCE[0],), "kwargs": {"temperature": 0.5}},
            "remember": {"args": (X,), "mutable": ["memory"]},
        },
    },
    "Counter": {"module": Counter(), "args": (X,), "mutable": ["counters", "statistics"]},
    "Sowing": {"module": Sowing(), "args": (X,), "mutable": ["intermediates"]},
}
