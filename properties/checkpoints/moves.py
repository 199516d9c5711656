"""Paths that another release names otherwise: where each goes, and the function that moves them in a checkpoint."""

from collections.abc import Callable, Iterable, Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from properties.checkpoints.arrays import Saved
from properties.checkpoints.fate import Moves

NAME = "migrate"
_FUNCTION = '''\
from flax.traverse_util import flatten_dict, unflatten_dict


def {name}(state):
    """The pure dict of {whose} that {saver} saved, with the paths of {restorer}."""
    flat = flatten_dict(state)
{removing}{moving}    return unflatten_dict(flat)
'''
_REMOVING = """\
    removed = [{removed}
    ]
    flat = {{path: value for path, value in flat.items() if tuple(map(str, path)) not in removed}}
"""
_MOVING = """\
    moved = {{{moved}
    }}
    for old, new in moved.items():
        flat = {{
            new + path[len(old) :] if tuple(map(str, path[: len(old)])) == old else path: value
            for path, value in flat.items()
        }}
"""
_Path = tuple[str, ...]


class Labels(NamedTuple):
    """What a model and two releases are called."""

    model: str
    saver: str
    restorer: str


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


def function(found: Moves, saved: Saved, fresh: Saved, names: Labels) -> str:
    """The source of a function that takes the pure dict of a saved state and gives it with the paths of a fresh one."""
    moved = {saved[old].path: fresh[new].path for old, new in sorted(found.items()) if new is not None}
    removed = [saved[old].path for old, new in sorted(found.items()) if new is None]
    rules = _shortened(moved, [one.path for one in saved.values() if one.path not in removed])
    lines = "".join(f"\n        {_quoted(old)}: {_quoted(new)}," for old, new in rules.items())
    gone = "".join(f"\n        {_quoted(path)}," for path in removed)
    return _FUNCTION.format(
        name=NAME,
        whose=names.model,
        saver=names.saver,
        restorer=names.restorer,
        removing=_REMOVING.format(removed=gone) if removed else "",
        moving=_MOVING.format(moved=lines) if moved else "",
    )


def _quoted(path: _Path) -> str:
    """The path as Python writes it, in double quotes where a name holds neither kind."""
    written = repr(path)
    return written if '"' in written else written.replace("'", '"')


def compiled(text: str) -> Callable[[Any], dict[str, Any]]:
    """The function of such a source."""
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    made: Callable[[Any], dict[str, Any]] = namespace[NAME]
    return made


def _shortened(moved: Mapping[_Path, _Path], paths: Iterable[_Path]) -> Mapping[_Path, _Path]:
    """The beginnings alone, of which many paths have one in common, where they move just these paths."""
    rules = dict(_without_common_end(old, new) for old, new in moved.items())
    same = all(_moved(path, rules) == moved.get(path, path) for path in paths)
    return rules if same else moved


def _without_common_end(old: _Path, new: _Path) -> tuple[_Path, _Path]:
    while len(old) > 1 and len(new) > 1 and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return old, new


def _moved(path: _Path, rules: Mapping[_Path, _Path]) -> _Path:
    for old, new in rules.items():
        path = new + path[len(old) :] if path[: len(old)] == old else path
    return path
