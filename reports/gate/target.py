"""What a side of the gate can be: a report, a release, pins, a file of requirements, or a source tree of Flax."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from packaging.requirements import InvalidRequirement, Requirement

from reports.errors import BadInput
from reports.gate.sources import ARCHIVES, expanded

_FILES = (".txt", ".in", ".toml", ".lock", ".json")


@dataclass(frozen=True)
class ReportFile:
    """A run that has been made."""

    path: Path


@dataclass(frozen=True)
class Evidence:
    """A run whose evidence is committed."""

    release: str


@dataclass(frozen=True)
class Pins:
    """Packages; what else is needed comes as released with the newest of the exact pins."""

    requirements: tuple[Requirement, ...]

    @property
    def text(self) -> str:
        return ",".join(str(requirement) for requirement in self.requirements)

    def version_of(self, package: str) -> str | None:
        """The one version that the pins allow of a package."""
        for requirement in self.requirements:
            clauses = list(requirement.specifier)
            if requirement.name == package and len(clauses) == 1 and clauses[0].operator == "==":
                return clauses[0].version
        return None

    def with_pin(self, package: str, version: str) -> "Pins":
        """The same pins, with this version of a package."""
        others = [requirement for requirement in self.requirements if requirement.name != package]
        return Pins((*others, Requirement(f"{package}=={version}")))


@dataclass(frozen=True)
class RequirementsFile:
    """A requirements.txt, pylock.toml or uv.lock of the user's."""

    path: Path


@dataclass(frozen=True)
class SourceTree:
    """A source tree of Flax: a folder, or an address that pip takes."""

    address: str


Specification: TypeAlias = ReportFile | Evidence | Pins | RequirementsFile | SourceTree


def specification(text: str) -> Specification:
    """What ``text`` names; BadInput where it names nothing that can be tested."""
    if not text.strip():
        raise BadInput(
            "(nothing): give a release, a report, a requirements file, pins such as flax==0.12.12, or a path"
        )
    path = expanded(text)
    if text.startswith("git+") or "://" in text:
        return SourceTree(text)
    if path.is_dir():
        if not _is_flax(path):
            raise BadInput(f"{text}: a folder without Flax's pyproject.toml; give the root of a Flax source tree")
        return SourceTree(str(path.resolve()))
    if path.is_file() and path.name.endswith(ARCHIVES):
        return SourceTree(path.resolve().as_uri())
    if path.is_file():
        return ReportFile(path) if path.suffix == ".json" else RequirementsFile(path.resolve())
    if path.suffix in _FILES or ("/" in text and "==" not in text):
        raise BadInput(
            f"{text}: no such file; give a report, a requirements file, pins such as flax==0.12.12, or a path"
        )
    return Evidence(text) if re.fullmatch(r"\d+(\.\d+)+", text) else _pins(text)


def _is_flax(path: Path) -> bool:
    try:
        project = tomllib.loads((path / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    table = project.get("project")
    return isinstance(table, dict) and table.get("name") == "flax"


def _pins(text: str) -> Pins:
    try:
        # A comma also parts the clauses of one specifier, as in flax>=0.11,<0.12.
        requirements = tuple(Requirement(part) for part in re.split(r",(?=\s*[A-Za-z])", text))
    except InvalidRequirement as error:
        problem = " ".join(str(error).split())
        raise BadInput(f"{text!r}: neither a file nor pins such as flax==0.12.12,jax==0.11.0 ({problem})") from error
    names = [requirement.name for requirement in requirements]
    if "flax" not in names:
        if not all(requirement.specifier for requirement in requirements):
            raise BadInput(f"{text!r}: neither a file nor pins; give for example flax==0.12.12")
        raise BadInput(f"{text!r}: the pins name no flax; give for example flax==0.12.12,{text}")
    if len(set(names)) < len(names):
        raise BadInput(f"{text!r}: a package is pinned twice; pin each once")
    return Pins(requirements)
