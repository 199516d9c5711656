"""Features that fail only together: each combination is a feature, so that a finding can name it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Combination:
    """Features, and those of which one must come after one of them for the two to be this combination."""

    first: frozenset[str]
    then: frozenset[str]


def is_known(
    combinations: Mapping[str, Combination], unhealthy: frozenset[str], written: Collection[str], name: str
) -> bool:
    """Whether this feature, after those that are written, makes a combination that goes wrong."""
    made = (one for combination, one in combinations.items() if combination in unhealthy)
    return any(name in one.then and not one.first.isdisjoint(written) for one in made)
