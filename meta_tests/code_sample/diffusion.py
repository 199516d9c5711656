"""A denoiser written in NNX, for a training loop that speaks Linen."""

import copy
import functools

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge
from flax.training import train_state


class Denoiser(nnx.Module):
    def __init__(self, width: int, *, rngs: nnx.Rngs):
        kernel_init = nnx.with_partitioning(nnx.initializers.lecun_normal(), (None, "model"))
        self.time = nnx.Embed(1000, width, rngs=rngs)
        self.up = nnx.Linear(width, 4 * width, kernel_init=kernel_init, rngs=rngs)
        self.down = nnx.Linear(4 * width, width, rngs=rngs)
        self.dropout = nnx.Dropout(0.1, rngs=rngs)

    def __call__(self, x, step):
        hidden = nnx.silu(self.up(x + self.time(step)))
        return self.down(self.dropout(hidden))

    def sample_step(self, x, step):
        return x - 0.01 * self(x, step)


def noise(key, x, step):
    alpha = jnp.cos(step[:, None] / 1000 * jnp.pi / 2)
    epsilon = jax.random.normal(key, x.shape)
    return alpha * x + jnp.sqrt(1 - alpha**2) * epsilon, epsilon


def create_state(key, width=32):
    model = bridge.to_linen(Denoiser, width)
    variables = model.init(key, jnp.ones((1, width)), jnp.zeros(1, int))
    specs = nn.get_partition_spec(variables)  # expect: partition_specs_of_to_linen_need_a_mesh
    state = train_state.TrainState.create(apply_fn=model.apply, params=variables["params"], tx=optax.adam(1e-3))
    return model, state, specs


def loss(params, model, key, x, step):
    noisy, epsilon = noise(key, x, step)
    predicted = model.apply({"params": params}, noisy, step, rngs={"dropout": key})  # expect: first_numbers_of_to_linen
    return ((predicted - epsilon) ** 2).mean()


@functools.partial(jax.jit, static_argnums=1)
def train_step(state, model, key, x, step):
    grads = jax.grad(loss)(state.params, model, key, x, step)
    return state.apply_gradients(grads=grads)


def sample(model, variables, x, steps=50):
    for step in reversed(range(steps)):
        x = model.apply(variables, x, jnp.full(len(x), step), method="sample_step")  # expect: method_argument_of_to_linen
    return x


def ema_of(model: bridge.ToLinen):
    return copy.deepcopy(model)  # expect: to_linen_cannot_be_copied


def shapes(model, width):
    abstract = jax.eval_shape(model.init, jax.random.key(0), jnp.ones((1, width)), jnp.zeros(1, int))
    return jax.tree.map(jnp.shape, nn.unbox(abstract))
