"""What a part of the benchmark measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from meta_tests.bench.verdict import BenchVerdict


@dataclass(frozen=True)
class Measured:
    """Its tables and targets, and, if it measures that, what each chapter costs in imports of ``flax.nnx``."""

    tables: Sequence[str]
    verdicts: Sequence[BenchVerdict]
    costs: Mapping[str, float] = field(default_factory=dict)
