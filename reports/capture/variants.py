"""Calls of one thing as the keys of a subject or a model: what all calls share, and what differs in training."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.capture.seen import Argument, CallFact, ModelFact, SeenParameter

_ON = ("train", "training", "is_training")
_OFF = ("deterministic", "use_running_average", "inference")
_TRAINING = dict.fromkeys(_ON, "True") | dict.fromkeys(_OFF, "False")


@dataclass(frozen=True)
class Variant:
    """One call, with flags under their names."""

    args: tuple[Argument, ...]
    kwargs: Mapping[str, Argument]
    parameters: tuple[SeenParameter, ...]
    mutable: bool
    draws: bool
    traced: bool

    @property
    def forms(self) -> tuple[Any, ...]:
        """What of its arrays tells two inputs apart: neither their values nor how many examples there are."""
        held = [("", one.form if one.array else "") for one in self.args]
        held += [(name, one.form) for name, one in sorted(self.kwargs.items()) if one.array]
        return tuple((name, re.sub(r"\(\d+,", "(,", form)) for name, form in held)

    @property
    def trains(self) -> tuple[bool, bool, int]:
        """How much it looks like training."""
        flags = sum(_TRAINING.get(name) == one.source for name, one in self.kwargs.items())
        return self.mutable, self.draws, flags


def variant(call: CallFact | ModelFact) -> Variant:
    """A call; what is passed from the first flag on is passed by its name."""
    positional = [one.name for one in call.parameters if one.positional]
    first = next((at for at, one in enumerate(call.args) if _is_flag(one)), len(call.args))
    if len(positional) < len(call.args):  # the rest goes to `*args`, which has no names
        first = len(call.args)
    flags = dict(zip(positional[first:], call.args[first:], strict=False))
    draws = call.draws if isinstance(call, ModelFact) else bool(call.streams)
    kwargs = {**flags, **call.kwargs}
    return Variant(call.args[:first], kwargs, call.parameters, bool(call.mutable), draws, call.traced)


def _is_flag(one: Argument) -> bool:
    return one.source in ("True", "False") or one.source[:1] in "'\""


@dataclass(frozen=True)
class Pair:
    """The plainest call with some inputs, and the one that looks most like training."""

    plain: Variant
    training: Variant

    @property
    def train(self) -> dict[str, str]:
        """What the call in training adds to the keyword arguments, or replaces there."""
        before = {name: one.source for name, one in self.plain.kwargs.items()}
        changed = {
            name: one.source
            for name, one in self.training.kwargs.items()
            if not one.array and before.get(name) != one.source
        }
        defaults = {one.name: one.default for one in self.plain.parameters}
        left_out = [name for name in before if name not in self.training.kwargs and defaults.get(name) is not None]
        return {**{name: str(defaults[name]) for name in left_out}, **changed}


def pairs(variants: Sequence[Variant]) -> list[Pair]:
    """A pair for each kind of inputs, the one with most kinds of calls first."""
    groups: dict[tuple[Any, ...], list[Variant]] = {}
    for one in variants:
        groups.setdefault(one.forms, []).append(one)
    ordered = sorted(groups.values(), key=lambda group: -len({one.trains for one in group}))
    return [_pair(group) for group in ordered]


def _pair(group: Sequence[Variant]) -> Pair:
    seen = sorted(group, key=lambda one: one.traced)  # values that were seen are better than values drawn
    return Pair(min(seen, key=lambda one: one.trains), max(seen, key=lambda one: one.trains))


def args_text(args: Sequence[Argument]) -> str:
    """The tuple of positional arguments."""
    return f"({', '.join(one.source for one in args)}{',' * (len(args) == 1)})"


def kwargs_text(kwargs: Mapping[str, Argument | str]) -> str:
    """The dictionary of keyword arguments."""
    sources = {name: one if isinstance(one, str) else one.source for name, one in kwargs.items()}
    return f"{{{', '.join(f'{name!r}: {source}' for name, source in sources.items())}}}"
