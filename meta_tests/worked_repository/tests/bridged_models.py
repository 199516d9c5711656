"""What the gate and our own tests ask the properties of."""

from ranker.checkpoint import X
from ranker.model import Ranker, loss

MODELS = {"Ranker": {"model": lambda rngs: Ranker(8, rngs=rngs), "args": (X,), "loss": loss}}
