"""What became of the checkpoints of each release on its neighbours, in ``checkpoints.jsonl``, and over several."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec

from reports.digests.digest import digest_of_module
from reports.model import Count, Record, Text
from reports.releases.crossings import Pair, not_tried, read_all, steps, write_with

FILE = Path(__file__).with_name("checkpoints.jsonl")
_PROGRAM = "properties.checkpoints.__main__"


class Crossing(Record, frozen=True):
    """Checkpoints that one release saved and another restored."""

    # The releases of Flax that saved and restored, or what else the two environments are called.
    saved_by: Text
    restored_by: Text
    # How many were tried: formats times models.
    checkpoints: Count
    # Whether every output is the same to the last bit; else within the derived bound.
    bitwise: bool
    # Path of the state in the checkpoint -> path on the restoring side; null where it has none.
    renamed: dict[str, Text | None]
    # Of each checkpoint that is not restored, why.
    problems: list[Text]
    # Of the program that saves and restores.
    digest: Text = ""

    @property
    def result(self) -> str:
        """What became of them in a few words."""
        if self.problems:
            return f"{len(self.problems)} not restored"
        how = "bit for bit" if self.bitwise else "within the derived bound"
        restored = f"params restored{' after renaming' if self.moves_params else ''}, outputs equal {how}"
        return restored + ("; a whole `nnx.state` has other paths" if self.renamed and not self.moves_params else "")

    @property
    def moves_params(self) -> bool:
        """Whether a param has another path on the restoring side."""
        return any(not _is_of_rngs(path) for path in self.renamed)

    @property
    def details(self) -> list[str]:
        """What is not restored, then the paths that are others, a line each."""
        return [*self.problems, *self.paths("→")]

    def paths(self, arrow: str) -> Iterator[str]:
        """Each path that is another on the restoring side, without the end that both have; RNG keys and counts last."""
        moved = {_without_common_end(old, new) for old, new in self.renamed.items()}
        for old, new in sorted(moved, key=lambda path: (_is_of_rngs(path[0]), path)):
            moved_to = f"{old} {arrow} {new}" if new else f"{old}: removed"
            yield f"RNG keys and counts: {moved_to}" if _is_of_rngs(old) else moved_to


def _without_common_end(old: str, new: str | None) -> tuple[str, str]:
    """``a/rngs/key``, ``a/to_nnx__rngs/key`` as ``a/rngs``, ``a/to_nnx__rngs``; no path is left empty."""
    one, other = old.split("/"), (new or "").split("/")
    while len(one) > 1 and len(other) > 1 and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return "/".join(one), "/".join(other)


def _is_of_rngs(path: str) -> bool:
    return bool({"rngs", "to_nnx__rngs"} & {*path.split("/")})


def over(old: str, new: str) -> Crossing | None:
    """From a release to another through all between; None where a pair of neighbours was not tried."""
    found = steps(_crossings(), old, new)
    return _composed(old, new, found) if found else None


def missing() -> list[Pair]:
    """The neighbours, in both directions, that were not tried yet or not with the present program."""
    return not_tried(_crossings(), digest_of_module(_PROGRAM))


def keep(crossing: Crossing) -> None:
    """Take what was tried into the committed evidence."""
    write_with(FILE, _crossings(), msgspec.structs.replace(crossing, digest=digest_of_module(_PROGRAM)))
    _crossings.cache_clear()


@cache
def _crossings() -> dict[Pair, Crossing]:
    return read_all(FILE, Crossing)


def composed_renames(steps: Sequence[Mapping[str, str | None]]) -> dict[str, str | None]:
    """Where each path is after all steps, of which each names the paths that it moves."""
    renamed: dict[str, str | None] = {}
    for step in steps:
        followed = {start: step.get(end, end) if end else None for start, end in renamed.items()}
        renamed = {**{one: step[one] for one in step if one not in renamed.values()}, **followed}
    return {start: end for start, end in renamed.items() if start != end}


def _composed(old: str, new: str, steps: Sequence[Crossing]) -> Crossing:
    return Crossing(
        old,
        new,
        min(step.checkpoints for step in steps),
        all(step.bitwise for step in steps),
        composed_renames([step.renamed for step in steps]),
        [f"{one.saved_by} → {one.restored_by}: {problem}" for one in steps for problem in one.problems],
    )
