"""Trains a small convolutional network whose blocks still come from Linen."""

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge


class ConvBlock(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x, training: bool = False):
        x = nn.Conv(self.features, (3, 3))(x)
        x = nn.BatchNorm(use_running_average=not training)(x)
        return nn.relu(x)


class Classifier(nnx.Module):
    def __init__(self, classes: int, *, rngs: nnx.Rngs):
        self.stem = bridge.ToNNX(ConvBlock(16), rngs=rngs)  # expect: keys_drawn_from_the_callers_rngs
        self.body = bridge.ToNNX(ConvBlock(32), rngs=rngs)  # expect: keys_drawn_from_the_callers_rngs
        self.head = nnx.Linear(32, classes, rngs=rngs)

    def __call__(self, x, training=False):
        mutable = ["batch_stats"] if training else False
        x = self.stem(x, training=training, mutable=mutable)
        x = self.body(x, training=training, mutable=mutable)
        return self.head(x.mean(axis=(1, 2)))


def create(seed: int) -> Classifier:
    model = Classifier(10, rngs=nnx.Rngs(seed))
    return bridge.lazy_init(model, jnp.ones((1, 28, 28, 1)))  # expect: first_weights_of_a_seed


def loss_fn(model, images, labels):
    logits = model(images, training=True)
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()


@nnx.jit
def train_step(model, optimizer, images, labels):
    loss, grads = nnx.value_and_grad(loss_fn)(model, images, labels)
    optimizer.update(grads)
    return loss


@nnx.jit
def eval_step(model, images, labels):
    return (model(images).argmax(-1) == labels).mean()


def fit(dataset, epochs: int = 3):
    model = create(0)
    optimizer = nnx.Optimizer(model, optax.adam(1e-3))
    best, best_state = 0.0, nnx.state(model)
    for epoch in range(epochs):
        for images, labels in dataset:
            train_step(model, optimizer, images, labels)
        accuracy = eval_step(model, *next(iter(dataset)))
        if accuracy > best:
            best, best_state = accuracy, nnx.state(model)
        print(f"epoch {epoch}: {accuracy:.3f}")
    nnx.update(model, best_state)  # expect: states_miss_mutable_calls
    return model


if __name__ == "__main__":
    key = jax.random.key(0)
    fit([(jax.random.normal(key, (8, 28, 28, 1)), jnp.zeros(8, int))])
