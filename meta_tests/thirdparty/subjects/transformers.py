"""Layers and models of transformers."""

import jax.numpy as jnp
from transformers.models.clip.configuration_clip import CLIPConfig
from transformers.models.clip.modeling_flax_clip import FlaxCLIPModule
from transformers.models.gpt2.configuration_gpt2 import GPT2Config
from transformers.models.gpt2.modeling_flax_gpt2 import FlaxGPT2LMHeadModule
from transformers.models.resnet.configuration_resnet import ResNetConfig
from transformers.models.resnet.modeling_flax_resnet import FlaxResNetModule
from transformers.models.wav2vec2.configuration_wav2vec2 import Wav2Vec2Config
from transformers.models.wav2vec2.modeling_flax_wav2vec2 import FlaxWav2Vec2GumbelVectorQuantizer

TOKENS = jnp.array([[2, 7, 1, 8], [3, 1, 4, 0]])
MASK = jnp.array([[1, 1, 1, 1], [1, 1, 1, 0]])
POSITIONS = jnp.array([[0, 1, 2, 3]] * 2)
HIDDEN = jnp.linspace(-1.0, 1.0, 64).reshape(2, 4, 8)
IMAGES = jnp.linspace(-1.0, 1.0, 384).reshape(2, 8, 8, 3)

GPT2 = GPT2Config(vocab_size=11, n_positions=6, n_embd=8, n_layer=1, n_head=2)
RESNET = ResNetConfig(embedding_size=4, hidden_sizes=[4, 8], depths=[1, 1], layer_type="basic")
WAV2VEC2 = Wav2Vec2Config(codevector_dim=4, num_codevectors_per_group=3, num_codevector_groups=2)
TOWER = {"hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
CLIP = CLIPConfig(
    text_config={**TOWER, "vocab_size": 11, "max_position_embeddings": 6, "eos_token_id": 2},
    vision_config={**TOWER, "image_size": 8, "patch_size": 4},
    projection_dim=4,
)

DROPOUT = {"kwargs": {"deterministic": True}, "train": {"deterministic": False}, "streams": ["dropout"]}

SUBJECTS = {
    # One token at a time, with a cache as long as the sequence that it is initialised with.
    "GPT2Decoding": {
        "module": FlaxGPT2LMHeadModule(GPT2),
        "init_args": (TOKENS, MASK, POSITIONS),
        "args": (TOKENS[:, :1], MASK, POSITIONS[:, :1]),
        "kwargs": {"init_cache": True},
        "mutable": ["cache"],
    },
    "ResNet": {
        "module": FlaxResNetModule(RESNET),
        "args": (IMAGES,),
        "train": {"deterministic": False},
        "mutable": ["batch_stats"],
    },
    "GumbelQuantizer": {
        "module": FlaxWav2Vec2GumbelVectorQuantizer(WAV2VEC2),
        "args": (HIDDEN,),
        "train": {"deterministic": False},
        "streams": ["gumbel"],
    },
    "CLIP": {"module": FlaxCLIPModule(CLIP), "args": (TOKENS, IMAGES, MASK, POSITIONS)},
}
