# %% [markdown]
# A notebook as a script: look into a bridged layer.

# %%
import jax.numpy as jnp
from flax import config as flax_config
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

flax_config.update("flax_return_frozendict", True)  # expect: return_frozendict_breaks_lazy_init


# %%
class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        h = nn.Dense(4)(x)
        self.sow("intermediates", "h", h)
        return nn.Dense(2)(h)


x = jnp.ones((1, 3))
net = bridge.ToNNX(Net(), rngs=nnx.Rngs(0))
bridge.lazy_init(net, x, mutable=["params"])  # expect: first_weights_of_a_seed, lazy_init_ignores_mutable

# %%
print(nnx.tabulate(net, x))  # expect: tabulate_raises

# %%
net(x, mutable=["intermediates"])
print(net.h[0].value.mean())  # expect: where_sown_values_are_stored

# %%
for value in net.h:  # expect: where_sown_values_are_stored
    print(value)

# %%
print(net.module)  # expect: attributes_module_and_rngs_renamed
print(net.kernel if hasattr(net, "kernel") else "no kernel: net.module is in this string")
