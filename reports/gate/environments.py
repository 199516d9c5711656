"""Python environments made with uv, each kept under a name that tells what it holds."""

import csv
import hashlib
import re
import shutil
import subprocess
import tempfile
import tomllib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from reports.errors import BadInput, CannotTell
from reports.gate.installer import ask_uv, reason, tell_uv, with_indexes_of_pip
from reports.gate.pypi import as_released
from reports.gate.sources import Differs, check_installed, may_have_moved, read_requirements, with_copies
from reports.gate.target import Pins, RequirementsFile, SourceTree
from reports.model import Environment as RecordedEnvironment
from reports.paths import PYPROJECT, kept

PYTHONS = ("3.12", "3.13", "3.11")
_TERSE = ("--no-header", "--no-annotate", "--quiet")


class CannotBuild(CannotTell):
    """An environment that cannot be resolved or installed."""

    def __init__(self, label: str, output: str) -> None:
        super().__init__(f"{label} cannot be installed: {reason(output)}")


@dataclass(frozen=True)
class Resolved:
    """What an environment is to hold: ``lock`` in the form of requirements.txt, for the Python at ``python``."""

    label: str
    python: Path
    lock: str
    # Where uv looks for settings of its own; None for the folder in which this process runs.
    folder: Path | None = None

    @property
    def indexes(self) -> str:
        """The lines of the lock that say where packages come from."""
        return "".join(f"{line}\n" for line in self.lock.splitlines() if line.startswith("--"))

    @property
    def packages(self) -> dict[str, str]:
        """The versions by package, where they come from the index."""
        pinned = (re.match(r"([\w.-]+)==(\S+)", line) for line in self.lock.splitlines())
        return {canonicalize_name(found[1]): found[2] for found in pinned if found}


@dataclass(frozen=True)
class Installation:
    """A Python with Flax and the test tools."""

    label: str
    python: Path
    # The versions by package, where they come from the index.
    packages: dict[str, str]

    @property
    def minor(self) -> str:
        """Of its Python, such as 3.12."""
        config = (self.python.parent.parent / "pyvenv.cfg").read_text(encoding="utf-8")
        found = re.search(r"^version(?:_info)? *= *(\d+\.\d+)", config, re.MULTILINE)
        return found[1] if found else ""


def find_python(version: str | None) -> Path:
    """The Python of that version, or the first of 3.12, 3.13 and 3.11 that is here; CannotTell without one."""
    wanted = PYTHONS if version is None else (version,)
    for candidate in wanted:
        found = ask_uv("python", "find", "--no-python-downloads", "--no-project", "--system", candidate)
        if found.returncode == 0:
            return Path(found.stdout.strip())
    raise CannotTell(f"this machine has no Python {' or '.join(wanted)}; install one, or choose another with --python")


def resolve(label: str, wanted: Pins | RequirementsFile | SourceTree, python: Path) -> Resolved:
    """What ``wanted`` comes to today; CannotBuild, or BadInput where it holds no Flax."""
    compiled = ["pip", "compile", "--python", str(python), *_TERSE, "--emit-index-url", "--emit-find-links"]
    folder = wanted.path.parent if isinstance(wanted, RequirementsFile) else None
    match wanted:
        case Pins(requirements):
            cut_off = as_released(requirements, python)
            until = [] if cut_off is None else ["--exclude-newer", cut_off.isoformat()]
            done = ask_uv(*compiled, *until, "-", given="\n".join(map(str, requirements)))
        case SourceTree(address):
            done = ask_uv(*compiled, "-", given=with_copies(f"flax @ {_uri(address)}", Path.cwd()))
        case RequirementsFile(path):
            done = _of_file(path, compiled)
    if done.returncode != 0:
        raise CannotBuild(label, done.stderr)
    if not re.search(r"^flax( @|==)", done.stdout, re.MULTILINE):
        raise BadInput(f"{label}: it installs no flax; add flax to it")
    return Resolved(label, python, done.stdout, folder)


def resolved_again(label: str, recorded: RecordedEnvironment) -> Resolved:
    """The environment in which a report was made, from what the report says of it; CannotTell."""
    names = ("flax", "jax", "jaxlib", "numpy", "optax", "orbax-checkpoint")
    try:
        pins = [Requirement(f"{name}=={recorded.packages[name]}") for name in names if recorded.packages.get(name)]
    except InvalidRequirement as error:
        raise CannotTell(f"{label}: its report names a version that is none ({error})") from error
    return resolve(label, Pins(tuple(pins)), find_python(".".join(recorded.python.split(".")[:2])))


def _of_file(path: Path, compiled: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    if path.name == "uv.lock":
        done = ask_uv("export", "--frozen", "--no-emit-project", "--no-hashes", *_TERSE, cwd=path.parent)
        done.stdout = with_indexes_of_pip(with_copies(done.stdout, path.parent))
        return done
    text = _pins_of_pylock(path) if path.suffix == ".toml" else read_requirements(path)
    return ask_uv(*compiled, "-", given=with_copies(text, path.parent), cwd=path.parent)


def _pins_of_pylock(path: Path) -> str:
    try:
        packages = tomllib.loads(path.read_text(encoding="utf-8"))["packages"]
        return "\n".join(f"{package['name']}{_pin_of_pylock(package)}{_marker(package)}" for package in packages)
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path}: no pylock.toml, for it lists no packages; write one with uv export") from error


def _uri(address: str) -> str:
    """A folder as an address, in which a space or a bracket means nothing else."""
    return Path(address).as_uri() if Path(address).is_dir() else address


def _marker(package: dict[str, Any]) -> str:
    return f" ; {package['marker']}" if "marker" in package else ""


def _pin_of_pylock(package: dict[str, Any]) -> str:
    """What PEP 751 says of where a package comes from, as a requirement says it."""
    match package:
        case {"directory": {"path": str(path)}} | {"archive": {"path": str(path)}}:
            return f" @ {path}"
        case {"archive": {"url": str(url)}}:
            return f" @ {url}"
        case {"vcs": {"type": "git", "url": str(url), "commit-id": str(commit)}}:
            return f" @ git+{url}@{commit}"
        case _:
            return f"=={package['version']}"


def build(resolved: Resolved) -> Installation:
    """The environment of a resolution, made unless it is there already; CannotBuild."""
    home = kept("environments") / _key(resolved)
    damaged = home.exists() and not _is_whole(home)
    if damaged:
        shutil.rmtree(home)
    if not home.exists():
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=home.parent))
        try:
            # uv's cache shares its files with the environments, and so their damage.
            _install(resolved, unfinished, ["--no-cache"] if damaged else [])
            _move_into_place(unfinished, home)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return Installation(resolved.label, home / "bin" / "python", resolved.packages)


def _is_whole(home: Path) -> bool:
    """Every file that was installed is there, as large as it was."""
    for record in home.glob("lib/python*/site-packages/*.dist-info/RECORD"):
        packages = record.parent.parent
        with record.open(encoding="utf-8", newline="") as file:
            for name, _, size in csv.reader(file):
                path = packages / name
                if size and (not path.is_file() or path.stat().st_size != int(size)):
                    return False
    return True


def _install(resolved: Resolved, folder: Path, options: Sequence[str]) -> None:
    python = str(folder / "bin" / "python")
    anew = [option for name in may_have_moved(resolved.lock) for option in ("--refresh-package", name)]
    install = ["pip", "install", "--quiet", "--python", python, *options, "--requirements", "-"]
    steps: list[tuple[list[str], str]] = [
        (["venv", "--clear", "--relocatable", "--quiet", "--python", str(resolved.python), str(folder)], ""),
        ([*install, *anew], resolved.lock),
        # The same test tools everywhere, whatever the user's requirements hold.
        ([*install, "--group", f"{PYPROJECT}:tests"], resolved.indexes),
    ]
    for command, given in steps:
        done = tell_uv(*command, given=given, cwd=resolved.folder)
        if done.returncode != 0:
            raise CannotBuild(resolved.label, done.stderr)
    try:
        check_installed(resolved.lock, folder)
    except Differs as error:
        raise CannotBuild(resolved.label, str(error)) from error


def _move_into_place(unfinished: Path, home: Path) -> None:
    try:
        unfinished.rename(home)
    except OSError:
        if not home.exists():
            raise
        # Another gate made the same environment in the meantime; both hold the same.


def _key(resolved: Resolved) -> str:
    tools = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["dependency-groups"]["tests"]
    parts = [resolved.lock, str(resolved.python), *tools]
    if may_have_moved(resolved.lock):  # what it held yesterday says nothing of today
        parts.append(uuid.uuid4().hex)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
