"""What the source defines and no evidence names: a property, a feature of programs, a Linen module."""

import ast
import shlex
from collections.abc import Iterable, Iterator

from reports import releases
from reports.digests import registry
from reports.digests.definitions import modules, source

_CHAPTER, _TEST = "properties.test_", "test_"
_SUBJECTS = ("impl.subjects", "SUBJECTS")
# It is asked of a user's models alone, so that no release has evidence of it.
_OF_USERS = "properties.test_models"


def to_run_first() -> Iterable[str]:
    """For each of them a line with the command that gives it evidence."""
    return (f"new: {name}: tox run -m history -- -k {shlex.quote(name)}" for name in unrun())


def unrun() -> Iterable[str]:
    """Each of them, as ``-k`` finds it; those whose name is put together when a module is imported are not seen."""
    known = {one for release in releases.releases() for one in releases.report_of(release).by_id}
    functions = {one.partition("[")[0] for one in known}
    parameters = {one.partition("[")[2].removesuffix("]") for one in known}
    yield from (test for chapter, test in _tests() if f"{chapter}.{test}" not in functions)
    yield from (name for name in (*registry.written(), *_subjects()) if name not in parameters)


def _tests() -> Iterator[tuple[str, str]]:
    for module in modules():
        if module.startswith(_CHAPTER) and module != _OF_USERS:
            found = source(module)
            names = found.definitions if found else ()
            chapter = module.removeprefix(_CHAPTER)
            yield from ((chapter, name.removeprefix(_TEST)) for name in names if name.startswith(_TEST))


def _subjects() -> Iterator[str]:
    module, name = _SUBJECTS
    found = source(module)
    for code in found.code(name) if found else ():
        if isinstance(code, ast.Assign | ast.AnnAssign) and isinstance(code.value, ast.Dict):
            yield from (str(key.value) for key in code.value.keys if isinstance(key, ast.Constant))
