"""One small edit of the bridge's source."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """A text that occurs once in a module of ``flax.nnx.bridge``, and another in its place."""

    name: str
    module: str
    old: str
    new: str
    rejected_by: str
