"""The subjects and the models of a run, each as a model; a subject is a model that is one bridged layer."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
from flax import nnx
from flax.nnx import bridge

from impl import loading
from impl.errors import BadModels, BadSubjects
from impl.model import Model
from impl.model_schema import MOST_PARAMETERS
from impl.subject import Subject


class AskedModels(NamedTuple):
    """What can be used, of each that cannot be used why, and of each that raises or does not end why."""

    usable: Mapping[str, Model]
    refused: Mapping[str, str]
    broken: Mapping[str, str]


def listed(subjects: str | None, models: str | None) -> AskedModels:
    """Those of these files, named ``subject NAME`` and ``model NAME``; BadSubjects or BadModels."""
    one = _of_subjects(subjects) if subjects else AskedModels({}, {}, {})
    other = _of_models(models) if models else AskedModels({}, {}, {})
    return AskedModels({**one.usable, **other.usable}, {**one.refused, **other.refused}, {**one.broken, **other.broken})


def _of_models(file: str) -> AskedModels:
    try:
        found = loading.load_models(file)
    except BadModels as error:
        return AskedModels({}, {"models": str(error)}, {})
    broken = {name: one.reason for name, one in found.broken.items()}
    return AskedModels(*(_named("model", these) for these in (found.usable, found.refused, broken)))


def _of_subjects(file: str) -> AskedModels:
    try:
        found = loading.load_subjects(file)
    except BadSubjects as error:
        return AskedModels({}, {"subjects": str(error)}, {})
    vast = {name: reason for name, one in found.usable.items() if (reason := _too_vast(one))}
    usable = {name: as_model(one) for name, one in found.usable.items() if name not in vast}
    return AskedModels(*(_named("subject", these) for these in (usable, {**found.refused, **vast}, {})))


def _named(kind: str, found: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{kind} {name}": one for name, one in found.items()}


def _too_vast(subject: Subject) -> str:
    with subject.in_mesh():
        count = sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(subject.shapes.get("params", {})))
    said = f"it has {count:,} parameters: give a small configuration, of at most {MOST_PARAMETERS:,}"
    return f"subject {subject.name!r}: {said}" if count > MOST_PARAMETERS else ""


def as_model(subject: Subject) -> Model:
    """The subject in a ``ToNNX`` layer, which draws from a stream for each name, as a model."""

    def layer(rngs: nnx.Rngs) -> Any:
        streams = {name: rngs() for name in ("params", *subject.streams)}
        return bridge.ToNNX(subject.linen(), rngs=nnx.Rngs(**streams))

    def initialise(built: Any) -> None:
        bridge.lazy_init(built, *subject.first_args, **subject.first_kwargs)

    call, in_training = subject.plain_call, subject.training_call
    return Model(subject.name, layer, subject.args, call, in_training, mesh=subject.mesh, init=initialise)
