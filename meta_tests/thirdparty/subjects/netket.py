"""Wave functions of netket, which switches 64 bits on when it is imported."""

import os

import jax.numpy as jnp

# Else netket shards everything over the devices that the suite simulates.
os.environ["NETKET_EXPERIMENTAL_SHARDING"] = "0"

import netket as nk

SPINS = jnp.array([[1.0, -1.0, 1.0, 1.0], [-1.0, -1.0, 1.0, -1.0]])
HILBERT = nk.hilbert.Spin(0.5, 4)

SUBJECTS = {
    "ComplexRBM": {"module": nk.models.RBM(param_dtype=complex), "args": (SPINS,)},
    # Two configurations, the rows and the columns of a density matrix.
    "NDM": {"module": nk.models.NDM(), "args": (jnp.concatenate([SPINS, -SPINS], axis=-1),)},
    "ARNN": {
        "module": nk.models.ARNNDense(hilbert=HILBERT, layers=2, features=2),
        "args": (SPINS,),
        "methods": {"conditionals": (SPINS,)},
    },
    # Initialised by the method that makes and changes its caches: one site after another.
    "FastARNN": {
        "module": nk.models.FastARNNConv1D(hilbert=HILBERT, layers=2, features=2, kernel_size=2),
        "init_args": (SPINS, 0),
        "init_kwargs": {"method": "conditional"},
        "args": (SPINS,),
        "methods": {"conditional": {"args": (SPINS, 1), "mutable": ["cache"]}},
    },
}
