"""The recurrent layer of flax-gated-linear-rnn, by nn.scan with its parameters broadcast."""

import jax.numpy as jnp
from flax_gated_linear_rnn.gated_linear_rnn import GatedLinearRNN

SEQUENCE = jnp.linspace(-1.0, 1.0, 24).reshape(2, 3, 4)

SUBJECTS = {
    "GatedRNN": {
        "module": GatedLinearRNN(d_model=4, d_h=3, use_true_recurrence=True),
        "args": (SEQUENCE,),
        "kwargs": {"carry": jnp.ones((2, 3))},
    },
}
