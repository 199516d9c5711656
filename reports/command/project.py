"""What a user's project says once for every command: ``[tool.nnx-bridge]`` in its ``pyproject.toml``.

[tool.nnx-bridge]
old = "requirements.txt"           # what is in use
new = "upgrade.txt"                # what would replace it
models = "tests/bridged_models.py" # paths start at this file
uses = ["checkpoints"]
"""

import difflib
import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from reports.errors import BadInput
from reports.paths import ROOT

TABLE = "[tool.nnx-bridge]"
FILE = "pyproject.toml"
PROFILES = ("quick", "gate")


@dataclass(frozen=True)
class Project:
    """What a file says, with paths from the working directory on."""

    file: str
    values: dict[str, Any]

    def without(self, *keys: str) -> "Project":
        """The same, as if it did not say these."""
        return Project(self.file, {key: value for key, value in self.values.items() if key not in keys})


class _Form(NamedTuple):
    fits: Callable[[Any], bool]
    words: str


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


_TARGET = _Form(_is_text, "the path of a .py file, or the name of a module")
_SIDE = _Form(_is_text, "a release, pins, or the path of a requirements file")
_FORMS = {
    "old": _SIDE,
    "new": _SIDE,
    "subjects": _TARGET,
    "models": _TARGET,
    "uses": _Form(_is_texts, 'a list of topics or captured files, such as ["sharding"]'),
    "profile": _Form(lambda value: value in PROFILES, " or ".join(f'"{one}"' for one in PROFILES)),
    "allow": _Form(_is_text, "the path of a file of accepted changes"),
}


def project_of(folder: Path) -> Project | None:
    """What the nearest file says, from this folder upwards, to the suite's own checkout; BadInput if it is wrong."""
    for place in (folder, *folder.parents):
        if place == ROOT:
            return None
        file = place / FILE
        if file.is_file() and (table := _table_in(file)) is not None:
            return _checked(file, table)
    return None


def _table_in(file: Path) -> Any:
    try:
        tools = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
    except ValueError as error:
        raise BadInput(f"{_shown(file)}: not TOML ({error}); fix it") from error
    return tools.get("nnx-bridge") if isinstance(tools, dict) else None


def _checked(file: Path, table: Any) -> Project:
    where, known = f"{_shown(file)}: {TABLE}", f"the keys are {', '.join(_FORMS)}"
    if not isinstance(table, dict):
        raise BadInput(f"{where} must be a table; {known}")
    for key, value in table.items():
        if key not in _FORMS:
            close = difflib.get_close_matches(key, _FORMS, 1)
            raise BadInput(f"{where} has no key {key!r}{f' (did you mean {close[0]!r}?)' if close else ''}; {known}")
        if not _FORMS[key].fits(value):
            raise BadInput(f"{where} {key} = {value!r}: write {_FORMS[key].words}; {known}")
    return Project(_shown(file), {key: _from_here(key, value, file, where) for key, value in table.items()})


def _from_here(key: str, value: Any, file: Path, where: str) -> Any:
    """The value with its path from the working directory on."""
    if key == "uses":
        return _topics([_shown(file.parent / one) if one.endswith(".py") else one for one in value], where)
    path = file.parent / value if isinstance(value, str) else file
    is_path = key == "allow" or (key in ("subjects", "models") and (value.endswith(".py") or "/" in value))
    if is_path and not path.is_file():
        raise BadInput(f"{where} {key} = {value!r}: no such file; paths start at {file.name}")
    if key in ("old", "new"):
        is_path = path.exists()
        if not is_path and re.search(r"\.(txt|in|toml|lock|json)$", value):
            raise BadInput(f"{where} {key} = {value!r}: no such file; paths start at {file.name}")
    return _shown(path) if is_path else value


def _topics(topics: list[str], where: str) -> list[str]:
    """The topics, of which a captured file stands for its own; BadInput if there is no such topic or file."""
    from reports.render.topics import chosen

    try:
        chosen(topics)
    except BadInput as error:
        raise BadInput(f"{where} {str(error).removeprefix('--')}") from error
    return topics


def _shown(path: Path) -> str:
    return os.path.relpath(path)
