"""For each property a digest of whatever can change what it tries and how that is judged.

It is of the definitions that the property uses (``form``): a comment, a
docstring, a name, and a definition that the property does not use change
nothing. Hypothesis draws from the id of the property (``properties.support.seeds``).
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache

from properties.findings import all_findings, finding_of
from reports.digests import registry
from reports.digests.definitions import Place, docstring, files, reached, source, whole
from reports.digests.form import form_of

# What every property depends on without using it by name.
_OF_ALL = ("properties.support.profiles", "properties.support.runtime", "properties.support.seeds")
# What a property gets for an argument that is no fixture of its own chapter.
_ARGUMENTS = {
    "impl": ("impl.implementation", "impl.linen_inside_nnx"),
    "subject": ("impl.subject_schema", "impl.subject"),
    "model": ("impl.model_schema", "impl.model"),
}
# Of the findings only what decides what a property tries counts.
_FINDINGS = ("properties.findings", "properties.support.sentences", "properties.support.topics")


def digest_of(property_id: str, release: str) -> str:
    """Sixteen hexadecimal digits for a property, ``chapter.function[parameter]``, and its code.

    Where known failures of this release of Flax decide what it tries, eight more follow after a hyphen.
    """
    code, known = _of_code(property_id), _known(property_id, release)
    return f"{code}-{hashlib.sha256(known.encode()).hexdigest()[:8]}" if known else code


@cache
def state_of_the_suite() -> str:
    """Sixteen hexadecimal digits for every file that the properties are made of, to the letter."""
    found = hashlib.sha256()
    for name, path in files().items():
        found.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def digest_of_module(module: str) -> str:
    """Sixteen hexadecimal digits for a module and what it uses of the suite."""
    places = frozenset().union(*map(_with_features, whole(module)))
    return _joined(places)


def of_code(digest: str) -> str:
    """The part of a digest that is the same on every release."""
    return digest.partition("-")[0]


@cache
def _of_code(property_id: str) -> str:
    return _joined(place for place in used_by(property_id) if not _is_of_findings(place))


def _known(property_id: str, release: str) -> str:
    """The example of what is known to fail, which is tried; of a property of mixtures, all that it leaves out."""
    finding = finding_of(property_id, release)
    mixes = any(map(_is_of_findings, used_by(property_id)))
    return (finding.example(property_id) if finding else "") + ("\n".join(_failing_features(release)) if mixes else "")


@cache
def _failing_features(release: str) -> list[str]:
    failing = (fails for one in all_findings() for fails in one.fails if fails.covers(release))
    return sorted(name for fails in failing for name in fails.shown_by if ".program_agrees[" in name)


def sentences(property_id: str) -> tuple[str | None, str | None]:
    """What a property and the feature that it tries say of themselves; None where that is not written in one place."""
    chapter, test, parameter = _split(property_id)
    tried = [place for place in registry.tried_by(Place(chapter, test), parameter) if place.name]
    return docstring(Place(chapter, test)), docstring(tried[0]) if tried else None


def used_by(property_id: str) -> frozenset[Place]:
    """The definitions that a property uses, whatever runs when their modules are imported included."""
    return _places(*_split(property_id))


def _split(property_id: str) -> tuple[str, str, str]:
    function, _, parameter = property_id.partition("[")
    chapter, _, name = function.partition(".")
    return f"properties.test_{chapter}", f"test_{name}", parameter.removesuffix("]")


def _joined(places: Iterable[Place]) -> str:
    return hashlib.sha256("".join(sorted(map(_digest, places))).encode()).hexdigest()[:16]


@cache
def _digest(place: Place, depth: int = 2) -> str:
    """Of a definition, where each that it names stands for what it is itself, and not for its name."""
    parts = _template(place)
    named = (_digest(part, depth - 1) if depth else "" for part in parts if isinstance(part, Place))
    own = "\0".join(part for part in parts if isinstance(part, str))
    return hashlib.sha256("\0\0".join((own, *named)).encode()).hexdigest()


@cache
def _template(place: Place) -> tuple[str | Place, ...]:
    """The code of a definition, its own name only where it counts, with the definitions that it names."""
    module = source(place.module)
    if module is None or _is_of_findings(place):
        return ()
    code = module.code(place.name)
    name = place.name if registry.is_registered(place) else ""
    return (name, *(part for one in code for part in form_of(one, module)))


def _is_of_findings(place: Place) -> bool:
    return place.module in _FINDINGS


def _is_property(place: Place) -> bool:
    return place.module.startswith("properties.test_") and place.name.startswith("test_")


@cache
def _places(chapter: str, test: str, parameter: str) -> frozenset[Place]:
    """Whatever a property uses."""
    return frozenset().union(_of_all(), *map(_with_features, _asked(chapter, test, parameter)))


@cache
def _of_all() -> frozenset[Place]:
    return frozenset(reached(place for module in _OF_ALL for place in whole(module)))


@cache
def _with_features(root: Place) -> frozenset[Place]:
    """What a definition uses, with the features that it names; not with those that a property is tried with."""
    found: set[Place] = set()
    waiting = {root}
    while waiting:
        new = reached(waiting) - found
        found |= new
        waiting = {acts for place in new for acts in _acts(place)}
        waiting |= {one for place in new if not _is_property(place) for one in registry.named_by(place)}
        waiting -= found
    return frozenset(found)


def _acts(place: Place) -> Iterator[Place]:
    """What runs when its module is imported, except for registering features."""
    if not registry.is_registered(place):
        yield Place(place.module)


def _asked(chapter: str, test: str, parameter: str) -> Iterator[Place]:
    module = source(chapter)
    yield from (Place(chapter), Place(chapter, test))
    yield from registry.tried_by(Place(chapter, test), parameter)
    functions = [one for one in (module.code(test) if module else ()) if isinstance(one, ast.FunctionDef)]
    for argument in (one.arg for function in functions for one in function.args.args):
        if module and argument in module.definitions:
            yield Place(chapter, argument)
        yield from (place for one in _ARGUMENTS.get(argument, ()) for place in whole(one))
        if argument == "subject":
            yield Place("impl.subjects", f"SUBJECTS[{parameter}]")
        if argument == "model":
            yield Place("impl.models", f"MODELS[{parameter}]")
