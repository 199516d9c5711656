"""A Linen model without NNX. An upgrade of the bridge is nothing to it."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax.core import FrozenDict
from flax.core.meta import AxisMetadata
from jax.sharding import Mesh


class Net(nn.Module):
    def setup(self):
        self.train = nn.Dense(3)
        self.eval = nn.Dense(3)

    def __call__(self, x):
        self.sow("intermediates", "h", x)
        return self.train(x) + self.eval(x)


class Counter(nn.Module):
    @nn.compact
    def __call__(self, x):
        count = self.variable("state", "module", lambda: FrozenDict(a=jnp.zeros(())))
        init = nn.with_partitioning(nn.initializers.ones, ("data", None))
        return nn.Dense(3, kernel_init=init, name="apply")(x) + count.value["a"]


class Note(AxisMetadata):
    sharding: str = "rows"


def main():
    x = jnp.ones((1, 3))
    mesh = Mesh(np.array(jax.devices()), ("data",))
    with mesh:
        variables = Counter().init(jax.random.key(0), x)
    print(nn.get_partition_spec(variables), nn.get_sharding(variables, mesh))
    print(nn.tabulate(Net(), jax.random.key(0))(x))
    out, state = Net().apply(Net().init(jax.random.key(0), x), x, mutable=["intermediates"])
    return out, state["intermediates"]["h"][0]


if __name__ == "__main__":
    main()
