"""What differs between two repetitions, and must not matter."""

import random
from dataclasses import asdict, dataclass
from enum import StrEnum


class Pressure(StrEnum):
    """What another process does meanwhile."""

    NONE = "none"
    CPU = "cpu"
    MEMORY = "memory"
    DISK = "disk"


@dataclass(frozen=True)
class Variation:
    """One repetition.

    ``seed``: the inputs, and the order of the properties.
    ``workers``, ``dist``: pytest-xdist's options.
    ``threads``: of XLA in each process.
    ``hash_seed``: ``PYTHONHASHSEED``.
    ``clock_jumps``: whether ``time.time()`` goes back and forth by up to a day.
    """

    seed: int
    workers: int
    dist: str
    threads: int
    hash_seed: int
    pressure: Pressure
    clock_jumps: bool

    @property
    def fields(self) -> dict[str, object]:
        """As JSON has it."""
        return asdict(self)


def variation(number: int) -> Variation:
    """That of the repetition with this number: always the same."""
    # A prefix, so that neighbouring numbers share nothing.
    draw = random.Random(f"variation {number}")
    return Variation(
        seed=draw.randrange(2**32),
        workers=draw.choice((0, 1, 2, 3)),
        dist=draw.choice(("load", "loadscope", "loadfile", "worksteal")),
        threads=draw.choice((1, 2, 4)),
        hash_seed=draw.randrange(2**32),
        pressure=draw.choice(tuple(Pressure)),
        clock_jumps=draw.random() < 0.5,
    )
