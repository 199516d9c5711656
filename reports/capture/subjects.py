"""The entries of SUBJECTS: a Linen module each, with the inputs that it was called with."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reports.capture.imports import plain
from reports.capture.seen import CallFact, ModuleFact, ProblemFact, Seen
from reports.capture.variants import Pair, Variant, args_text, kwargs_text, pairs, variant

# More of one module take longer and say little more.
_MOST_INPUTS = 3
_CALL = "__call__"


class CapturedEntry(NamedTuple):
    """An entry of the file: its name, its keys with their source, and what a comment says of it."""

    name: str
    keys: dict[str, str]
    notes: tuple[str, ...] = ()


def subjects(seen: Seen) -> Iterator[CapturedEntry | ProblemFact]:
    """An entry for each kind of inputs of each module."""
    for module in seen.modules:
        calls = [one for one in seen.calls if one.module == module.source]
        if calls:
            yield from _of_module(module, calls)
        else:
            what = f"the Linen module `{plain(module.source)}`"
            yield ProblemFact(what, "it is wrapped, and no call of it ended", "call it in the program")


def _of_module(module: ModuleFact, calls: Sequence[CallFact]) -> Iterator[CapturedEntry]:
    main = _main_method(calls)
    of_main = [one for one in calls if one.method == main]
    first = [one for one in calls if one.initialises]
    found = pairs([variant(one) for one in of_main if not one.initialises] or [variant(one) for one in of_main])
    for at, pair in enumerate(found[:_MOST_INPUTS]):
        notes = _not_listed(found) if not at else ()
        yield CapturedEntry(module.name, {"module": module.source, **_keys(pair, main, first, calls)}, notes)


def _main_method(calls: Sequence[CallFact]) -> str:
    methods = [one.method for one in calls if not one.initialises] + [one.method for one in calls]
    return _CALL if _CALL in methods else methods[0]


def _not_listed(found: Sequence[Pair]) -> tuple[str, ...]:
    left = [", ".join(one.form for one in pair.plain.args) for pair in found[_MOST_INPUTS:]]
    return (f"also called with {'; '.join(left)}",) if left else ()


def _keys(pair: Pair, main: str, first: Sequence[CallFact], calls: Sequence[CallFact]) -> dict[str, str]:
    by_method = {} if main == _CALL else {"method": repr(main)}
    kwargs = kwargs_text({**by_method, **pair.plain.kwargs})
    lists = {
        "streams": sorted({name for one in calls for name in one.streams}),
        "mutable": list(dict.fromkeys(name for one in calls if one.method == main for name in one.mutable)),
        "mesh": next((list(one.mesh) for one in calls if one.mesh), []),
    }
    keys = {
        "args": args_text(pair.plain.args),
        **_initialisation(pair, first, main, kwargs),
        "kwargs": kwargs,
        "train": kwargs_text(pair.train),
        "methods": _methods([one for one in calls if one.method not in (main, _CALL) and not one.initialises]),
        **{name: repr(one) for name, one in lists.items()},
    }
    return {name: text for name, text in keys.items() if text not in ("{}", "[]") or name == "init_kwargs"}


def _initialisation(pair: Pair, first: Sequence[CallFact], main: str, kwargs: str) -> dict[str, str]:
    """How it was initialized, where that is not how it is called."""
    if not first:
        return {}
    variants = sorted(((one.method, variant(one)) for one in first), key=lambda one: _distance(one[1], pair.plain))
    method, one = variants[0]
    by_method = {} if method == _CALL else {"method": repr(method)}
    made = kwargs_text({**by_method, **one.kwargs})
    keys = {"init_args": args_text(one.args)} if _exact(one) != _exact(pair.plain) else {}
    return keys | ({"init_kwargs": made} if made != kwargs else {})


def _exact(one: Variant) -> tuple[str, ...]:
    return tuple(argument.form for argument in one.args)


def _distance(one: Variant, other: Variant) -> tuple[bool, bool, bool]:
    return _exact(one) != _exact(other), one.forms != other.forms, one.traced


def _methods(calls: Sequence[CallFact]) -> str:
    found: dict[str, str] = {}
    for call in sorted(calls, key=lambda one: one.traced):
        if call.method not in found:
            mutable = {"mutable": repr(list(call.mutable))} if call.mutable else {}
            kwargs = {"kwargs": kwargs_text(call.kwargs)} if call.kwargs else {}
            found[call.method] = kwargs_text({"args": args_text(call.args), **kwargs, **mutable})
    return kwargs_text(found)
