"""Trains a small image classifier of Linen and NNX layers with optax, BatchNorm and dropout."""

import argparse

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class ConvBlock(nn.Module):
    features: int
    strides: tuple[int, int] = (1, 1)

    @nn.compact
    def __call__(self, x, train: bool):
        x = nn.Conv(self.features, (3, 3), self.strides, use_bias=False)(x)
        x = nn.BatchNorm(use_running_average=not train, momentum=0.9)(x)
        return nn.Dropout(0.1, deterministic=not train)(nn.relu(x))


class Classifier(nnx.Module):
    def __init__(self, classes: int, *, rngs: nnx.Rngs):
        self.first = bridge.ToNNX(ConvBlock(8), rngs=rngs)
        self.second = bridge.ToNNX(ConvBlock(16, strides=(2, 2)), rngs=rngs)
        self.head = nnx.Linear(16, classes, rngs=rngs)

    def __call__(self, images, train=False):
        changes = {"mutable": ["batch_stats"]} if train else {}
        x = self.second(self.first(images, train, **changes), train, **changes)
        return self.head(x.mean(axis=(1, 2)))


def loss_of(model, images, labels):
    logits = model(images, train=True)
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=2)
    steps = parser.parse_args().steps
    images = jax.random.uniform(jax.random.key(0), (8, 6, 6, 1))
    labels = jnp.arange(8) % 3
    model = Classifier(3, rngs=nnx.Rngs(params=0, dropout=1))
    bridge.lazy_init(model, images[:1])
    transformation = optax.adam(1e-2)
    state = transformation.init(nnx.state(model, nnx.Param))

    @nnx.jit
    def step(model, state):
        value, gradients = nnx.value_and_grad(loss_of)(model, images, labels)
        updates, state = transformation.update(gradients, state, nnx.state(model, nnx.Param))
        nnx.update(model, optax.apply_updates(nnx.state(model, nnx.Param), updates))
        return state, value

    for number in range(steps):
        state, value = step(model, state)
        print(f"step {number}: {'finite' if jnp.isfinite(value) else 'not finite'}")
    print("evaluated", model(images).shape)


if __name__ == "__main__":
    main()
