"""Short programs that show how Flax or JAX differs under a setting: each passes without it, and raises under it."""

KEY_OF_A_NEGATIVE_SEED = """
import jax
assert jax.random.key_data(jax.random.key(-1))[0] == 0
"""
PREFIX_OF_RANDOM_NUMBERS = """
import jax, numpy
from flax.linen.initializers import normal
short, long = (normal()(jax.random.key(0), (size,)) for size in (2, 4))
assert numpy.array_equal(long[:2], short)
"""
KEYS_OF_PATHS = """
import jax
from flax import linen as nn

class Leaf(nn.Module):
    @nn.compact
    def __call__(self):
        return self.param("p", nn.initializers.normal(), (2,))

class Outer(nn.Module):
    inner: str

    @nn.compact
    def __call__(self):
        return Leaf(name=self.inner)()

class Two(nn.Module):
    @nn.compact
    def __call__(self):
        return Outer("c", name="ab")(), Outer("bc", name="a")()

first, second = Two().init_with_output(jax.random.key(0))[0]
assert (first == second).all()
"""
MODULE_IS_A_PYTREE = """
import jax
from flax import nnx
assert len(jax.tree.leaves(nnx.Linear(2, 2, rngs=nnx.Rngs(0)))) > 1
"""
VARIABLE_IS_SHARDED = """
import jax, numpy
from flax import nnx
from jax.sharding import Mesh, PartitionSpec
with jax.set_mesh(Mesh(numpy.array(jax.devices()[:1]), ("data",))):
    value = nnx.Param(jax.numpy.ones(4), sharding_names=("data",))[...]
assert value.sharding.spec == PartitionSpec("data")
"""
LAZY_INIT = """
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge
bridge.lazy_init(bridge.ToNNX(nn.Dense(2), rngs=nnx.Rngs(0)), jnp.ones((1, 2)))
"""
MUTABLE_CALL_IN_JIT = """
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge
layer, x = bridge.ToNNX(nn.BatchNorm(use_running_average=False), rngs=nnx.Rngs(0)), jnp.arange(6.0).reshape(2, 3)
bridge.lazy_init(layer, x)
nnx.jit(lambda layer, x: layer(x, mutable=["batch_stats"]))(layer, x)
assert layer.mean[...].any()
"""
VARIABLES_OF_A_LAYER = """
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge
layer, x = bridge.ToNNX(nn.Dense(2), rngs=nnx.Rngs(0)), jnp.ones((1, 2))
bridge.lazy_init(layer, x)
layer(x)
"""
