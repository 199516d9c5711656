"""LoRA adapters next to frozen Linen layers."""

import flax
import jax.numpy as jnp
from flax.nnx import Param, Rngs
from flax.nnx.bridge import ToNNX as Bridged
from flax.nnx.bridge import lazy_init


class LoRA(flax.nnx.Module):
    """y = base(x) + x A B, where only A and B are trained."""

    def __init__(self, base: flax.linen.Module, inputs: int, outputs: int, rank: int, rngs: Rngs):
        self.base = Bridged(base, rngs=rngs)  # expect: keys_drawn_from_the_callers_rngs
        self.a = Param(flax.nnx.initializers.he_uniform()(rngs.params(), (inputs, rank)))
        self.b = Param(jnp.zeros((rank, outputs)))
        self.rngs = rngs

    def __call__(self, x):
        return self.base(x) + x @ self.a.value @ self.b.value

    def describe(self) -> str:
        wrapped = self.base.module  # expect: attributes_module_and_rngs_renamed
        return f"{type(wrapped).__name__} with rank {self.a.value.shape[1]}"

    def reseed(self, seed: int) -> None:
        self.rngs = Rngs(seed)
        self.base.rngs = self.rngs  # expect: attributes_module_and_rngs_renamed


def add_adapters(sizes, rank=4, seed=0):
    rngs = Rngs(params=seed)
    adapters = []
    for inputs, outputs in sizes:
        adapter = LoRA(flax.linen.Dense(outputs), inputs, outputs, rank, rngs)
        lazy_init(adapter, jnp.ones((1, inputs)))  # expect: first_weights_of_a_seed
        adapters.append(adapter)
    return adapters


def parameters(adapter: LoRA):
    state = flax.nnx.state(adapter, Param)
    return {path: leaf for path, leaf in flax.traverse_util.flatten_dict(state).items() if path[0] != "base"}


def main():
    first, second = add_adapters([(8, 16), (16, 4)])
    x = jnp.ones((2, 8))
    print(first.describe(), second(first(x)).shape)
    stream = first.base.rngs.params  # expect: attributes_module_and_rngs_renamed
    print(stream.count)


if __name__ == "__main__":
    main()
