"""What became of the checkpoints of one model; importable where jax and flax are not."""

import msgspec

# Path in the checkpoint -> path on the restoring side; None where it has none.
Moves = dict[str, str | None]


class Fate(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What became of the checkpoints of one model, which one release saved and another restored."""

    # Why there are none.
    not_saved: str = ""
    # There are none by the fault of who described the model.
    refused: bool = False
    # How many there are: ages times formats.
    checkpoints: int = 0
    # Whether outputs and training are the same to the last bit; else within the measured bound.
    bitwise: bool = False
    # Why training is not compared.
    untrained: str = ""
    renamed: Moves = {}
    # The source of a function that renames them, through which they were restored; "" where nothing is renamed.
    function: str = ""
    # Why they are not restored, or what is another value then.
    problem: str = ""
    # What is another value comes from random numbers: other keys give another, too.
    is_drawn: bool = False

    @property
    def is_restored(self) -> bool:
        """Whether they were saved, and restored to the same values but for random numbers."""
        return not self.not_saved and (not self.problem or self.is_drawn)
