"""An NNX model without Linen layers."""

import jax
import jax.numpy as jnp
import optax
from flax import nnx


class Block(nnx.Module):
    def __init__(self, width, rngs: nnx.Rngs):
        self.rngs = rngs
        self.module = nnx.Linear(width, width, rngs=rngs)
        self.norm = nnx.BatchNorm(width, rngs=rngs)

    def __call__(self, x):
        self.sow(nnx.Intermediate, "h", x)
        return self.norm(self.module(x))


def reset(block: Block):
    block.rngs = nnx.Rngs(0)
    return block.module.kernel.value.sharding


def loss(graphdef, params, rest, x):
    return nnx.merge(graphdef, params, rest)(x).sum()


def main():
    block = Block(4, nnx.Rngs(0))
    x = jnp.ones((2, 4))
    best = nnx.state(block)
    optimizer = nnx.Optimizer(block, optax.sgd(0.1), wrt=nnx.Param)
    grads = nnx.grad(lambda block: block(x).sum())(block)
    optimizer.update(block, grads)
    nnx.update(block, best)
    print(block.h[0].value if hasattr(block, "h") else None)
    graphdef, params, rest = nnx.split(block, nnx.Param, ...)
    return jax.grad(loss, argnums=1)(graphdef, params, rest, x)


if __name__ == "__main__":
    main()
