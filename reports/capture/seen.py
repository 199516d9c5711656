"""What the processes of a program noted."""

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import msgspec


class Argument(msgspec.Struct, frozen=True):
    """An argument: its source, and its shapes and dtypes, or the source again where there is no array."""

    source: str
    form: str
    array: bool


class SeenParameter(msgspec.Struct, frozen=True):
    """A named parameter, with the source of its default."""

    name: str
    positional: bool
    default: str | None


class CallFact(msgspec.Struct, frozen=True, tag_field="kind", tag="call"):
    """A call of a bridged layer."""

    module: str
    method: str
    args: tuple[Argument, ...]
    kwargs: dict[str, Argument]
    parameters: tuple[SeenParameter, ...]
    mutable: tuple[str, ...]
    streams: tuple[str, ...]
    initialises: bool
    traced: bool
    mesh: tuple[str, ...]
    topics: tuple[str, ...]


class ModelFact(msgspec.Struct, frozen=True, tag_field="kind", tag="model"):
    """A call of a model that holds bridged layers; ``problem`` says why there is no source."""

    source: str
    name: str
    problem: str
    method: str
    constructor_initialises: bool
    inner: bool
    initialises: bool
    mutable: bool
    draws: bool
    args: tuple[Argument, ...] = ()
    kwargs: dict[str, Argument] = {}
    parameters: tuple[SeenParameter, ...] = ()
    traced: bool = False
    mesh: tuple[str, ...] = ()


class ModuleFact(msgspec.Struct, frozen=True, tag_field="kind", tag="module"):
    """A Linen module that was wrapped."""

    source: str
    name: str


class ProblemFact(msgspec.Struct, frozen=True, tag_field="kind", tag="problem"):
    """What cannot be captured, why, and what to do."""

    what: str
    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}; {self.remedy}"


class PickleFact(msgspec.Struct, frozen=True, tag_field="kind", tag="pickle"):
    """A value without a source, in Base64."""

    key: str
    data: str


class FileFact(msgspec.Struct, frozen=True, tag_field="kind", tag="file"):
    """A source file of the program, and the module that it is."""

    path: str
    module: str


class ScriptFact(msgspec.Struct, frozen=True, tag_field="kind", tag="script"):
    """The script that ran, and its name where `-m` found it."""

    path: str
    module: str


class BridgeFact(msgspec.Struct, frozen=True, tag_field="kind", tag="bridge"):
    """A process imported the bridge of this Flax."""

    flax: str


class PythonFact(msgspec.Struct, frozen=True, tag_field="kind", tag="python"):
    """A Python started."""


Fact: TypeAlias = (
    CallFact | ModelFact | ModuleFact | ProblemFact | PickleFact | FileFact | ScriptFact | BridgeFact | PythonFact
)


class Seen:
    """All that was noted, each thing once."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.python = any(isinstance(one, PythonFact) for one in facts)
        self.releases = sorted({one.flax for one in facts if isinstance(one, BridgeFact)})
        self.modules = list(dict.fromkeys(one for one in facts if isinstance(one, ModuleFact)))
        self.calls = [one for one in facts if isinstance(one, CallFact)]
        self.models = [one for one in facts if isinstance(one, ModelFact)]
        self.problems = list(dict.fromkeys(one for one in facts if isinstance(one, ProblemFact)))
        self.pickles = {one.key: base64.b64decode(one.data) for one in facts if isinstance(one, PickleFact)}
        self.files = list(dict.fromkeys(one for one in facts if isinstance(one, FileFact)))
        self.scripts = list(dict.fromkeys(one for one in facts if isinstance(one, ScriptFact)))


def read(folder: Path) -> Seen:
    """What is in the files of a folder; a line that a process could not end says nothing."""
    return Seen([fact for path in sorted(folder.glob("*.jsonl")) for fact in _facts(path)])


def _facts(path: Path) -> Iterator[Fact]:
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Fact)
    for line in path.read_bytes().splitlines():
        try:
            yield decoder.decode(line)
        except msgspec.DecodeError:
            continue
