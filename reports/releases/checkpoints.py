"""What became of the checkpoints of each release on its neighbours, in ``checkpoints.jsonl``, and over several."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import msgspec

from properties.findings import version
from reports import releases
from reports.atomic_write import write_whole
from reports.digests.digest import digest_of_module
from reports.errors import BadInput
from reports.model import Count, Record, Text

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
        restored = f"params restored, outputs equal {how}" + (", after renaming paths" if self.moves_params else "")
        return restored + (
            "; a whole `nnx.state` only after renaming" if self.renamed and not self.moves_params else ""
        )

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
    known = releases.releases()
    steps = [_crossings().get(pair) for pair in neighbours(old, new)] if {old, new} <= set(known) else []
    return _composed(old, new, [one for one in steps if one]) if steps and all(steps) else None


def missing() -> list[tuple[str, str]]:
    """The neighbours, in both directions, that were not tried yet or not with the present program."""
    known = releases.releases()
    pairs = [*pairwise(known), *pairwise(known[::-1])]
    found, digest = _crossings(), digest_of_module(_PROGRAM)
    return [pair for pair in pairs if pair not in found or found[pair].digest != digest]


def keep(crossing: Crossing) -> None:
    """Take what was tried into the committed evidence."""
    known = releases.releases()
    if not {crossing.saved_by, crossing.restored_by} <= set(known):
        raise BadInput(f"{crossing.saved_by} and {crossing.restored_by} are not both releases with evidence")
    new = msgspec.structs.replace(crossing, digest=digest_of_module(_PROGRAM))
    found = {**_crossings(), (new.saved_by, new.restored_by): new}
    lines = [found[pair] for pair in sorted(found, key=lambda pair: (*sorted(map(version, pair)), version(pair[0])))]
    write_whole(FILE, "".join(msgspec.json.encode(one).decode() + "\n" for one in lines))
    _crossings.cache_clear()


@cache
def _crossings() -> dict[tuple[str, str], Crossing]:
    lines = FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else []
    try:
        found = [msgspec.json.decode(line, type=Crossing) for line in lines]
    except msgspec.DecodeError as error:
        raise BadInput(f"{FILE}: damaged ({error}); take it from version control again") from error
    return {(one.saved_by, one.restored_by): one for one in found}


def neighbours(old: str, new: str) -> list[tuple[str, str]]:
    """Each release on the way with the next, from OLD to NEW."""
    low = min(old, new, key=version)
    way = [low, *releases.between(old, new)]
    return list(pairwise(way if low == old else way[::-1]))


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
