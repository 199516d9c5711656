"""What there is to run: a job for each release, Python, jax and shard."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from packaging.requirements import Requirement

from reports.errors import BadInput
from reports.gate.pypi import lowest, newest
from reports.gate.target import Pins
from reports.releases.rows import PYTHONS, rows


class Jax(StrEnum):
    """Which jax a release runs with."""

    DAY = "day"  # the newest of two days after the release of Flax
    NEWEST = "newest"  # of today
    FLOOR = "floor"  # the oldest that this Flax allows

    def pins(self, release: str, python: Path) -> Pins:
        """The release with this jax; CannotTell where the package index does not say which that is."""
        flax = Requirement(f"flax=={release}")
        match self:
            case Jax.DAY:
                return Pins((flax,))
            case Jax.NEWEST:
                version = newest("jax", python)
            case Jax.FLOOR:
                version = lowest("jax", flax, python)
        return Pins((flax, Requirement(f"jax=={version}")))


@dataclass(frozen=True)
class Job:
    """A shard of the run of one release; ``shard`` counts from 1."""

    release: str
    python: str
    jax: Jax
    shard: int
    of: int

    @property
    def run(self) -> str:
        """The run that it is a part of, such as ``0.12.12-py3.12-day``."""
        return f"{self.release}-py{self.python}-{self.jax}"

    @property
    def name(self) -> str:
        """Such as ``0.12.12-py3.12-day-1of4``."""
        return f"{self.run}-{self.shard}of{self.of}"


def plan(releases: Sequence[str], pythons: Sequence[str], jaxes: Sequence[Jax], shards: int) -> tuple[Job, ...]:
    """Every job, the newest release first; a release is left out on a Python on which it does not run.

    BadInput for a release or a Python that there is no row of, and where nothing is left.
    """
    known = rows().releases
    for release in releases:
        if release not in known:
            raise BadInput(f"{release}: there is no row of it; add one with `release {release}`, or choose another")
    for python in pythons:
        if python not in PYTHONS:
            raise BadInput(f"--python {python}: no release has it; choose from {', '.join(PYTHONS)}")
    found = tuple(dict.fromkeys(_jobs(releases or rows().names, pythons, jaxes, shards)))
    if not found:
        raise BadInput(f"none of {', '.join(releases)} runs on Python {', '.join(pythons)}; choose others")
    return found


def _jobs(releases: Sequence[str], pythons: Sequence[str], jaxes: Sequence[Jax], shards: int) -> Iterator[Job]:
    for release in sorted(releases, key=rows().names.index, reverse=True):
        fit = [python for python in rows().releases[release].pythons if python in pythons]
        for python in fit if pythons else rows().releases[release].pythons[:1]:
            for jax in jaxes:
                for shard in range(1, shards + 1):
                    yield Job(release, python, jax, shard, shards)
