"""One small edit of the bridge's source."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Edit:
    """A text that occurs once in a module of ``flax.nnx.bridge``, and another in its place."""

    name: str
    module: str
    old: str
    new: str
    rejected_by: str
    # Other properties that reject it; outside of the repr, from which digests of what is settled are made.
    also: tuple[str, ...] = field(default=(), repr=False)

    @property
    def rejecting(self) -> tuple[str, ...]:
        """Every property that is to reject it."""
        return (self.rejected_by, *self.also)
