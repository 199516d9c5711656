"""Models of flaxmodels, made without their weights."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
from flax import linen as nn
from flaxmodels.gpt2.gpt2 import GPT2Block
from flaxmodels.resnet.resnet import BasicBlock
from flaxmodels.stylegan2.generator import MappingNetwork, SynthesisBlock

IMAGES = jnp.linspace(-1.0, 1.0, 96).reshape(2, 4, 4, 3)
Z = jnp.linspace(-1.0, 1.0, 8).reshape(2, 4)
LATENTS = jnp.linspace(-1.0, 1.0, 48).reshape(2, 6, 4)
GPT2 = SimpleNamespace(
    vocab_size=11,
    n_positions=8,
    n_embd=8,
    n_head=2,
    n_layer=1,
    n_inner=None,
    embd_pdrop=0.5,
    attn_pdrop=0.5,
    resid_pdrop=0.5,
    scale_attn_weights=True,
    layer_norm_epsilon=1e-5,
    activation_function="gelu_new",
)
HIDDEN = jnp.linspace(-1.0, 1.0, 64).reshape(2, 4, 8)
PAST = (jnp.linspace(-1.0, 1.0, 32).reshape(2, 2, 2, 4), jnp.linspace(1.0, -1.0, 32).reshape(2, 2, 2, 4))

SUBJECTS = {
    # Keys and values of the tokens before go in and come out, as tuples.
    "GPT2Block": {
        "module": GPT2Block(GPT2),
        "args": (HIDDEN, PAST),
        "kwargs": {"use_cache": True},
        "train": {"training": True},
        "streams": ["dropout"],
    },
    "MappingNetwork": {
        "module": MappingNetwork(z_dim=4, w_dim=4, num_ws=3, num_layers=2, layer_features=4),
        "args": (Z,),
        "kwargs": {"train": False},
        "train": {"train": True},
        "mutable": ["moving_stats"],
    },
    # The keys with which its parameters and its noise are made are a field and an argument.
    "SynthesisBlock": {
        "module": SynthesisBlock(fmaps=2, res=2, num_layers=1),
        "args": (IMAGES, IMAGES, LATENTS),
        "kwargs": {"rng": jax.random.PRNGKey(1)},
    },
    "BasicBlock": {
        "module": BasicBlock(features=3, kernel_size=(3, 3), kernel_init=nn.initializers.lecun_normal()),
        "args": (IMAGES, {}),
        "kwargs": {"train": False},
        "train": {"train": True},
        "mutable": ["batch_stats"],
    },
}
