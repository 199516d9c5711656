"""Other libraries use the same words."""

import copy
import importlib.metadata

import torch.nn as nn
from network import bridge
from torch import nn as torch_nn


class ToNNX(nn.Module):
    def __init__(self, module, rngs=None):
        super().__init__()
        self.module = module
        self.rngs = rngs

    def lazy_init(self, x):
        return self(x)


class Encoder(torch_nn.Module):
    def __init__(self):
        super().__init__()
        self.train_head = nn.Linear(3, 3)
        self.layer = ToNNX(self.train_head)

    def forward(self, x):
        return self.layer.module(x)


def connect(left, right):
    link = bridge.ToNNX(left, rngs=right)
    bridge.lazy_init(link, left)
    with link:
        return link.module, link.rngs, link.abstract_init


def versions():
    return {one: importlib.metadata.metadata(one)["Version"] for one in ("torch", "flax")}


def clone(encoder: Encoder):
    twin = copy.deepcopy(encoder)
    twin.layer.rngs = None
    return twin.layer.lazy_init(1), nn.Module.apply, nn.Dropout(name="eval")
