"""The entries of MODELS: a model each, from its construction, with the inputs that it was called with."""

from collections.abc import Iterator, Sequence

from reports.capture.imports import imported
from reports.capture.seen import ModelFact, ProblemFact, Seen
from reports.capture.subjects import CapturedEntry
from reports.capture.variants import Variant, args_text, kwargs_text, pairs, variant

_CALL = "__call__"


def models(seen: Seen) -> Iterator[CapturedEntry | ProblemFact]:
    """An entry for each construction that was called, outermost models alone."""
    outer = [one for one in seen.models if not one.inner]
    by_source: dict[tuple[str, str], list[ModelFact]] = {}
    for one in outer or seen.models:
        by_source.setdefault((one.name, one.source), []).append(one)
    for (name, source), calls in by_source.items():
        if any(source != other and source and source in other for _, other in by_source):
            continue  # it is passed to another's constructor
        usable = [one for one in calls if not one.problem]
        if usable:
            yield from _of_model(name, source, usable)
        else:
            why, _, remedy = calls[0].problem.partition(": ")
            yield ProblemFact(f"the model `{name}`", why, remedy)


def _of_model(name: str, source: str, calls: Sequence[ModelFact]) -> Iterator[CapturedEntry]:
    called = [one for one in calls if one.method == _CALL and not one.initialises] or [
        one for one in calls if one.method == _CALL
    ]
    if called:
        yield CapturedEntry(name, {"model": f"lambda rngs: {source}", **_keys(called, calls)})
        return
    for method in dict.fromkeys(one.method for one in calls):
        of_method = [one for one in calls if one.method == method]
        by_method = f"lambda rngs: {imported('', 'by_method')}({source}, {method!r})"
        entry = {"model": by_method, **_keys([one for one in of_method if not one.initialises] or of_method, calls)}
        yield CapturedEntry(f"{name}.{method}", entry)


def _keys(called: Sequence[ModelFact], calls: Sequence[ModelFact]) -> dict[str, str]:
    pair = pairs([variant(one) for one in called])[0]
    mesh = next((list(one.mesh) for one in called if one.mesh), [])
    keys = {
        "args": args_text(pair.plain.args),
        "kwargs": kwargs_text(pair.plain.kwargs),
        "train": kwargs_text(pair.train),
        "mesh": repr(mesh),
    }
    return {name: text for name, text in keys.items() if text not in ("{}", "[]")} | _init(pair.plain, called, calls)


def _init(plain: Variant, called: Sequence[ModelFact], calls: Sequence[ModelFact]) -> dict[str, str]:
    """How its variables are made, where not by `bridge.lazy_init` with the arguments of a call."""
    first = sorted((one for one in calls if one.initialises), key=lambda one: one.traced)
    if not first:
        return {"init": "None"} if called[0].constructor_initialises else {}
    alike = [variant(one) for one in first if one.method == called[0].method]
    if any(_arguments(one) == _arguments(plain) for one in alike):
        return {}
    if called[0].method != _CALL:
        return {}
    one, given = first[0], variant(first[0])
    function = "model" if one.method == _CALL else f"model.{one.method}"
    arguments = [argument.source for argument in given.args]
    arguments += [f"{name}={argument.source}" for name, argument in given.kwargs.items()]
    return {"init": f"lambda model: {imported('flax.nnx.bridge', 'lazy_init')}({', '.join([function, *arguments])})"}


def _arguments(one: Variant) -> tuple[object, ...]:
    forms = [argument.form for argument in one.args]
    return (*forms, *((name, argument.form) for name, argument in one.kwargs.items()))
