"""Where a page comes from: the version of the suite, its commit, and the repository, as far as they are known."""

import os
import re
import shutil
import subprocess
import tomllib
from dataclasses import dataclass

from reports.paths import PYPROJECT, ROOT

_GITHUB = re.compile(r"(?:https://github\.com/|(?:ssh://)?git@github\.com[:/])([\w.-]+/[\w.-]+?)(?:\.git)?/?$")


@dataclass(frozen=True)
class Origin:
    """The version of the suite; its commit and the address of its repository, None where they are not known."""

    version: str
    commit: str | None = None
    repository: str | None = None


def origin() -> Origin:
    """That of this suite."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    return Origin(project["version"], _git("rev-parse", "--short=10", "HEAD"), _repository())


def _repository() -> str | None:
    """On GitHub the one that the workflow runs in, else the checkout's remote."""
    named = os.environ.get("GITHUB_REPOSITORY")
    address = f"https://github.com/{named}" if named else _git("remote", "get-url", "origin")
    found = _GITHUB.match(address or "")
    return f"https://github.com/{found[1]}" if found else None


def _git(*arguments: str) -> str | None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():  # an installed suite has no commit
        return None
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None
