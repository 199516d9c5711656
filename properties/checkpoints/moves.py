"""Paths that another release names otherwise: where each goes, and the function that moves them in a checkpoint."""

from collections.abc import Callable, Iterable, Mapping
from difflib import SequenceMatcher
from typing import Any

from properties.checkpoints.arrays import Saved

# Path in the checkpoint -> path on the restoring side; None where it has none.
Moves = dict[str, str | None]
NAME = "migrate"
_FUNCTION = '''\
from flax.traverse_util import flatten_dict, unflatten_dict


def {name}(state):
    """The pure dict of {whose} that {saver} saved, with the paths of {restorer}."""
    moved = {{{moved}}}
    removed = [{removed}]
    flat = {{"/".join(map(str, path)): value for path, value in flatten_dict(state).items()}}
    for old, new in moved.items():
        flat = {{
            new + path[len(old):] if f"{{path}}/".startswith(f"{{old}}/") else path: value
            for path, value in flat.items()
        }}
    return unflatten_dict({{path: value for path, value in flat.items() if path not in removed}}, sep="/")
'''


def moves(saved: Saved, fresh: Saved) -> Moves:
    """Each saved path that the fresh state lacks, with the path there that is most like it, if just one is.

    It has the same shape and dtype. Whether it is the right one is seen when the model is run.
    """
    old, new = ([path for path in one if path not in other] for one, other in ((saved, fresh), (fresh, saved)))
    fits = {path: [one for one in new if _form(saved, path) == _form(fresh, one)] for path in old}
    nearest = {path: _nearest(path, fitting) for path, fitting in fits.items()}
    taken = [one for one in nearest.values() if one]
    return {path: one if taken.count(one or "") == 1 else None for path, one in nearest.items()}


def _form(state: Saved, path: str) -> tuple[str, tuple[int, ...], bool]:
    return state[path].dtype, state[path].shape, state[path].is_of_rngs


def _nearest(path: str, others: Iterable[str]) -> str | None:
    """The one that has most names in common with ``path``, in their order; None where there is not just one."""
    shared = {one: _in_common(path, one) for one in others}
    most = max(shared.values(), default=0)
    best = [one for one, number in shared.items() if number == most > 0]
    return best[0] if len(best) == 1 else None


def _in_common(one: str, other: str) -> int:
    blocks = SequenceMatcher(None, one.split("/"), other.split("/"), autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks)


def function(found: Moves, paths: Iterable[str], whose: str, saver: str, restorer: str) -> str:
    """The source of a function that takes the pure dict with these paths and gives it with those that they move to."""
    moved = {old: new for old, new in sorted(found.items()) if new is not None}
    rules = _shortened(moved, [path for path in paths if path not in found or path in moved])
    lines = "".join(f"\n        {old!r}: {new!r}," for old, new in rules.items())
    removed = ", ".join(repr(old) for old, new in sorted(found.items()) if new is None)
    return _FUNCTION.format(
        name=NAME,
        whose=whose,
        saver=saver,
        restorer=restorer,
        moved=f"{lines}\n    " if lines else "",
        removed=removed,
    )


def compiled(text: str) -> Callable[[Any], dict[str, Any]]:
    """The function of such a source."""
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    made: Callable[[Any], dict[str, Any]] = namespace[NAME]
    return made


def _shortened(moved: Mapping[str, str], paths: Iterable[str]) -> Mapping[str, str]:
    """The beginnings alone, of which many paths have one in common, where they move just these paths."""
    rules = dict(_without_common_end(old, new) for old, new in moved.items())
    same = all(_moved(path, rules) == moved.get(path, path) for path in paths)
    return rules if same else moved


def _without_common_end(old: str, new: str) -> tuple[str, str]:
    one, other = old.split("/"), new.split("/")
    while len(one) > 1 and len(other) > 1 and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return "/".join(one), "/".join(other)


def _moved(path: str, rules: Mapping[str, str]) -> str:
    for old, new in rules.items():
        path = new + path[len(old) :] if f"{path}/".startswith(f"{old}/") else path
    return path
