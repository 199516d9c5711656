"""The text of a captured file."""

import pprint
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from reports.capture.imports import Imports
from reports.capture.layout import laid_out
from reports.capture.models import models
from reports.capture.script import NotPossible
from reports.capture.seen import ProblemFact, Seen
from reports.capture.subjects import CapturedEntry, subjects
from reports.capture.topics import names_in, of_flax, topics
from reports.sanitize import visible

_WIDTH = 100
# Each imports what it needs itself: a script may have other names for it.
_HELPERS = {
    "drawn": '''
def drawn(shape, low, high):
    """Numbers in place of those of an array that was too large to write out."""
    import numpy

    random = numpy.random.default_rng(0)
    if isinstance(low, int):
        return random.integers(low, high, shape, endpoint=True)
    return random.uniform(low, high, shape)
''',
    "mesh_of_one_device": '''
def mesh_of_one_device(axes):
    """A mesh with these axes."""
    import jax
    import numpy

    return jax.sharding.Mesh(numpy.array(jax.devices()[:1]).reshape([1] * len(axes)), axes)
''',
    "pickled": '''
def pickled(key):
    """A value that has no form as source."""
    import pickle
    from pathlib import Path

    return pickle.loads(pickle.loads(Path(__file__).with_suffix(".pickle").read_bytes())[key])
''',
    "by_method": '''
def by_method(model, method):
    """A model whose call is a call of this method of another."""
    from flax import nnx

    class ByMethod(nnx.Module):
        def __init__(self):
            self.model = model

        def __call__(self, *args, **kwargs):
            return getattr(self.model, method)(*args, **kwargs)

    return ByMethod()
''',
}


class Captured(NamedTuple):
    """A file, what belongs beside it, and what could not be captured."""

    text: str
    pickles: Mapping[str, bytes]
    subjects: int
    models: int
    topics: Sequence[str]
    problems: Sequence[ProblemFact]


def captured(seen: Seen, command: Sequence[str], path: Path) -> Captured:
    """What the file at ``path`` says of a program that was run by this command."""
    imports = Imports(seen, path.parent.absolute())
    problems = list(seen.problems)
    listed = {
        "SUBJECTS": list(_written(subjects(seen), imports, problems)),
        "MODELS": list(_written(models(seen), imports, problems)),
    }
    names = names_in(one.path for one in seen.files)
    used = topics(seen, names)
    kept = {key: data for key, data in seen.pickles.items() if any(key in str(one) for one in listed.values())}
    text = "\n".join(
        [
            _head(seen, command, kept, path),
            *_preamble(imports),
            "\n# For `nnx-bridge upgrade OLD NEW --uses` with this file.",
            f"USES = {pprint.pformat(used, width=_WIDTH)}",
            "\n# What the program's own files name of Flax.",
            f"API = {pprint.pformat(of_flax(names), width=_WIDTH, compact=True)}",
            *(f"\n# Not captured: {visible(str(one))}" for one in problems),
            *(_list(name, entries) for name, entries in listed.items() if entries),
        ]
    )
    found = {name.lower(): len(entries) for name, entries in listed.items()}
    return Captured(text + "\n", kept, **found, topics=used, problems=problems)


def _written(
    found: Iterable[CapturedEntry | ProblemFact], imports: Imports, problems: list[ProblemFact]
) -> Iterator[CapturedEntry]:
    """Each entry in Python, under a name of its own; what has none is a problem."""
    names: dict[str, int] = {}
    for entry in found:
        if isinstance(entry, ProblemFact):
            problems.append(entry)
            continue
        try:
            keys = {key: imports.resolved(text) for key, text in entry.keys.items()}
        except NotPossible as error:
            why, _, remedy = str(error).partition(": ")
            problems.append(ProblemFact(f"`{entry.name}`", why, remedy))
            continue
        names[entry.name] = count = names.get(entry.name, 0) + 1
        yield entry._replace(name=entry.name if count == 1 else f"{entry.name}_{count}", keys=keys)


def _head(seen: Seen, command: Sequence[str], kept: Mapping[str, bytes], path: Path) -> str:
    ran = visible(shlex.join(command)).replace("\\", "\\\\").replace('"""', "'''")
    lines = [f'"""What `{ran}` wraps with `bridge.ToNNX`, on Flax {" and ".join(seen.releases)}.', ""]
    lines.append("Edit it as you like: smaller shapes are tested faster.")
    if kept:
        lines.append(f"{path.with_suffix('.pickle').name} holds {len(kept)} values that have no form as source.")
    return "\n".join([*lines, '"""', ""])


def _preamble(imports: Imports) -> Iterator[str]:
    """Where modules are found, imports, what is copied from the script, and helpers."""
    future = [one for one in imports.lines() if "__future__" in one]
    yield from future
    if imports.folders:
        yield "import sys\nfrom pathlib import Path\n"
        yield from (f"sys.path.append(str(Path(__file__).parent / {folder!r}))" for folder in imports.folders)
        yield ""
    yield "\n".join(one for one in imports.lines() if one not in future)
    copied = imports.copied_source()
    if copied:
        yield f"\n# Copied from the script, which would run if it were imported.\n{copied}"
    yield from (f"\n{_HELPERS[name].rstrip()}" for name in sorted(imports.helpers))


def _list(name: str, entries: Sequence[CapturedEntry]) -> str:
    return f"\n{name} = {{\n{''.join(map(_entry, entries))}}}"


def _entry(entry: CapturedEntry) -> str:
    notes = "".join(f"    # {visible(note)}\n" for note in entry.notes)
    keys = "".join(f"        {key!r}: {laid_out(text, 8)},\n" for key, text in entry.keys.items())
    return f"{notes}    {entry.name!r}: {{\n{keys}    }},\n"
