"""Source trees and archives on this machine: each is copied under a name made of its content, and built from the copy.

So an edited tree is another tree to whatever keeps builds by path and time,
nothing is built inside of a user's tree, and an edit during a run changes
nothing.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlparse

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import InvalidVersion

from reports.errors import BadInput
from reports.paths import kept

# Of a tree's top: what builds leave there.
_BUILT = ("build", "dist")
ARCHIVES = (".whl", ".tar.gz", ".zip")
_MANIFEST = "manifest.json"
_LINE = re.compile(
    r"^(?P<editable>(?:-e|--editable)[\s=]\s*)?(?:(?P<name>[\w.-]+)\s*(?P<named_extras>\[[^\]]*\])?\s*@\s*)?"
    r"(?P<place>[^\s\[;#]+)(?P<extras>\[[^\]]*\])?(?P<fragment>#[^\s;]*)?\s*(?P<marker>;.*)?$"
)
_INCLUDE = re.compile(r"^(?:-r|--requirement)[\s=]?\s*(\S+)$")
# As pip reads it; what is not set stays.
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
# Options whose value is a path that starts at the file in which they stand.
_PATH_OPTION = re.compile(r"^(-c|--constraint|-f|--find-links)[\s=]?\s*(\S+)$")


class Differs(Exception):
    """What is installed is not what the source holds; the message is one line."""


def with_copies(requirements: str, folder: Path) -> str:
    """Requirements in which each tree and archive on this machine is its copy; BadInput.

    ``folder`` is where relative paths start. Other files that are included stand in their place.
    """
    return "".join(f"{line}\n" for line in _lines(requirements, folder, ()))


def read_requirements(path: Path) -> str:
    """The text of a requirements file; BadInput where it is none."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: it cannot be read as text ({' '.join(str(error).split())})") from error


def _lines(requirements: str, folder: Path, including: tuple[Path, ...]) -> Iterator[str]:
    joined = _VARIABLE.sub(lambda named: os.environ.get(named[1], named[0]), re.sub(r"\\\n\s*", " ", requirements))
    for whole in (re.sub(r"(^|\s)#.*$", "", line).strip() for line in joined.splitlines()):
        # The copy is named by its content, which says as much as a hash of the line.
        line = re.sub(r"(\s+--hash[ =]\S+)+$", "", whole) if _is_local(whole) else whole
        included = _INCLUDE.match(line)
        if included:
            path = (folder / included[1]).resolve()
            if path in including:
                raise BadInput(f"{path}: it includes itself by -r")
            yield from _lines(read_requirements(path), path.parent, (*including, path))
        elif line:
            yield _with_copy(line, folder, is_included=bool(including))


def _is_local(line: str) -> bool:
    return "file:" in line or line.startswith((".", "/"))


def _with_copy(line: str, folder: Path, is_included: bool) -> str:
    option = _PATH_OPTION.match(line)
    if option and is_included and "://" not in option[2]:
        return f"{option[1]} {(folder / option[2]).resolve()}"
    if line.startswith("-") and not re.match(r"(?:-e|--editable)[\s=]", line):
        return line
    found = _LINE.match(line)
    place = found and _place(found["place"], folder, bool(found["editable"] or found["name"]))
    if not found or not place:
        return line
    name = found["name"] or _name(place)
    extras, marker = found["named_extras"] or found["extras"] or "", f" {found['marker']}" if found["marker"] else ""
    copy = f"{copied(place).as_uri()}{found['fragment'] or ''}"
    if extras and not name:
        raise BadInput(
            f"{place}: its pyproject.toml names no project, so it has no extras; write NAME{extras} @ {place}"
        )
    return f"{name}{extras} @ {copy}{marker}" if name else f"{copy}{marker}"


def _place(text: str, folder: Path, is_named: bool) -> Path | None:
    """The tree or archive that a requirement names; None where it names none on this machine."""
    if text.startswith("file:"):
        place = folder / unquote(urlparse(text).path)
    elif "://" in text or not (is_named or "/" in text or text in (".", "..") or text.endswith(ARCHIVES)):
        return None
    else:
        place = folder / expanded(text)
    if not place.exists():
        raise BadInput(f"{text}: no such source tree or archive; relative paths start at {folder}")
    return place.resolve()


def expanded(text: str) -> Path:
    """A path in which ~/ is the user's folder, as in a shell."""
    return Path.home() / text[2:] if text.startswith("~/") else Path(text)


def _name(place: Path) -> str | None:
    """The name of the project that is there, where it says one."""
    try:
        if place.is_dir():
            project = tomllib.loads((place / "pyproject.toml").read_text(encoding="utf-8"))["project"]
            return str(project["name"])
        parse = parse_wheel_filename if place.suffix == ".whl" else parse_sdist_filename
        return str(parse(place.name)[0])
    except (OSError, ValueError, KeyError, TypeError, InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def copied(place: Path) -> Path:
    """A copy of a tree or an archive, whose path tells what it holds."""
    hashes = {file.relative_to(place).as_posix(): _hash(file) for file in _files(place)}
    digest = hashlib.sha256(json.dumps([place.name, *hashes.items()]).encode()).hexdigest()[:16]
    home = kept("sources") / digest / place.name
    if not home.exists():
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=home.parent.parent))
        try:
            _copy(place, hashes, unfinished / place.name)
            (unfinished / _MANIFEST).write_text(json.dumps(hashes), encoding="utf-8")
            if not home.parent.exists():  # another gate may have copied the same in the meantime
                unfinished.rename(home.parent)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return home


def _copy(place: Path, names: Iterable[str], to: Path) -> None:
    for name in names:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(place / name, to / name)
    repository = place / ".git"
    if repository.exists():  # some projects ask it for their version
        (to / ".git").symlink_to(repository)


def _files(place: Path) -> Iterator[Path]:
    """What a project can be built from: no hidden folders, environments, or what builds have left."""
    if place.is_file():
        yield place
        return
    entered = {place.resolve(), *place.resolve().parents}
    for folder, folders, names in os.walk(place, followlinks=True):
        here = Path(folder)
        folders[:] = [name for name in folders if not _is_entered(here / name, entered)]
        folders[:] = sorted(name for name in folders if not _is_left_out(here / name, at_top=here == place))
        # In a worktree .git is a file; it is linked to, as the folder is elsewhere.
        kept = (here / name for name in sorted(names) if not name.endswith(".pyc") and name != ".git")
        yield from (path for path in kept if path.is_file())


def _is_entered(folder: Path, entered: set[Path]) -> bool:
    """A link leads where the walk has been, or the walk goes there now."""
    if not folder.is_symlink():
        return False
    known = folder.resolve() in entered
    entered.add(folder.resolve())
    return known


def _is_left_out(folder: Path, at_top: bool) -> bool:
    name = folder.name
    return (
        name.startswith(".")
        or name == "__pycache__"
        or name.endswith(".egg-info")
        or (at_top and name in _BUILT)
        or (folder / "pyvenv.cfg").exists()
    )


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def check_installed(lock: str, home: Path) -> None:
    """The environment holds of each copied tree what that holds; Differs."""
    packages = next(home.glob("lib/python*/site-packages"))
    for line in lock.splitlines():
        tree = _local(line)
        if tree is None or not tree.is_dir():
            continue
        # Not the copy itself, which a build may have changed.
        hashes: dict[str, str] = json.loads((tree.parent / _MANIFEST).read_text(encoding="utf-8"))
        modules = {name.removeprefix("src/"): digest for name, digest in hashes.items() if name.endswith(".py")}
        installed = [name for name in modules if (packages / name).is_file()]
        if not installed:
            raise Differs(f"nothing of {tree.name} is installed")
        for name in installed:
            if _hash(packages / name) != modules[name]:
                raise Differs(f"{name} is not what the source tree holds")


def _local(line: str) -> Path | None:
    requirement = _requirement(line)
    url = requirement.url or "" if requirement else line  # a path may stand without a name
    return Path(unquote(urlparse(url).path)) if url.startswith("file:") else None


def may_have_moved(lock: str) -> list[str]:
    """The packages whose address can give something else tomorrow: an archive without a digest."""
    urls = {one.name: one.url or "" for one in map(_requirement, lock.splitlines()) if one}
    return [name for name, url in urls.items() if url.startswith(("http:", "https:")) and "sha256=" not in url]


def _requirement(line: str) -> Requirement | None:
    """A line of a lock; None where it is an option, a comment, or a path without a name."""
    try:
        return Requirement(line)
    except InvalidRequirement:
        return None
