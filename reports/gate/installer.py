"""uv, asked for packages as the user has configured it, or pip, or a requirements file.

uv reads its own settings and `--index-url` in a requirements file, and no pip.conf: what pip is configured for reaches
it as the first lines of the requirements, which yield to uv's own settings.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from uv import find_uv_bin

from reports.processes import finished

# Found as the module is loaded: sysconfig, which uv asks, fails where two threads ask it first.
_UV = os.fsdecode(find_uv_bin())

# Each that a requirements file can hold, too.
_OF_INDEXES = ("index-url", "extra-index-url", "find-links", "no-index", "trusted-host")
# What pip is asked for first, and what overrides that.
_SECTIONS = ("global", "install", ":env:")
_VARIABLES = {"cert": "SSL_CERT_FILE", "client-cert": "SSL_CLIENT_CERT", "proxy": "ALL_PROXY"}
# An index that does not answer is no answer, soon.
_IMPATIENT = {"UV_HTTP_TIMEOUT": "15", "UV_HTTP_RETRIES": "1"}
_CHOOSES_INDEX = re.compile(r"^\s*(--index-url|-i|--no-index)\b", re.MULTILINE)


def ask_uv(
    *arguments: str, given: str = "", cwd: Path | None = None, seconds: float | None = None
) -> "subprocess.CompletedProcess[str]":
    """uv's answer to a question, whose requirements are ``given``."""
    lines = with_indexes_of_pip(given) if given else ""
    return finished(_command(*arguments), {**_IMPATIENT, **_environ()}, seconds, lines, cwd)


def tell_uv(*arguments: str, given: str = "", cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """uv after it did what it was told; ``given`` is of its own answer, which names the indexes."""
    return finished(_command(*arguments), _environ(), None, given, cwd)


def install(arguments: Sequence[str]) -> int:
    """Put packages into the environment of this Python, and say so; uv's exit code."""
    lines = with_indexes_of_pip("")
    command = _command("pip", "install", "--python", sys.executable, *arguments, *(["-r", "-"] if lines else []))
    return subprocess.run(command, env=_environ(), input=lines, text=True, check=False).returncode


def _command(*arguments: str) -> list[str]:
    return [_UV, *arguments]


def with_indexes_of_pip(requirements: str) -> str:
    """The requirements below what pip is configured for; an index that they choose themselves is the only one."""
    chosen = bool(_CHOOSES_INDEX.search(requirements))
    lines = [line for name, values in _of_pip().items() if name in _OF_INDEXES for line in _lines(name, values)]
    kept = [line for line in lines if not chosen or "index" not in line.split()[0]]
    return "".join(f"{line}\n" for line in (*kept, requirements))


def _lines(name: str, values: str) -> list[str]:
    if name == "no-index":
        return ["--no-index"] if values.lower() in ("1", "true", "yes", "on") else []
    return [f"--{name} {value}" for value in values.split() if name != "find-links" or _is_there(value)]


def _is_there(place: str) -> bool:
    """pip passes over a folder that is not, where uv stops."""
    return "://" in place or Path(place).exists()


@cache
def _of_pip() -> Mapping[str, str]:
    """The options of `pip install` by name, from its files and its environment; none where there is no pip."""
    command = [sys.executable, "-m", "pip"] if find_spec("pip") else [shutil.which("pip") or ""]
    if not all(command):
        return {}
    said = finished([*command, "config", "list"], os.environ, 60)
    settings = (line.partition("=") for line in said.stdout.splitlines())
    named = [(*name.rpartition(".")[::2], value) for name, _, value in settings]
    return {
        name: str(ast.literal_eval(value)) for section in _SECTIONS for found, name, value in named if found == section
    }


def _environ() -> dict[str, str]:
    # pyenv's interpreters are found even where only one of them is on PATH.
    pyenv = os.environ.get("PYENV_ROOT") or str(Path.home() / ".pyenv")
    path = os.pathsep.join([os.environ.get("PATH", ""), f"{pyenv}/shims"])
    inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return {**_variables(), **inherited, "PATH": path, "PYENV_VERSION": "3.12:3.13:3.11"}


def _variables() -> dict[str, str]:
    """What pip is configured for and no line can say; a variable that the user has set comes first."""
    said = _of_pip()
    variables = {_VARIABLES[name]: value for name, value in said.items() if name in _VARIABLES}
    if "extra-index-url" in said:  # pip takes the newest version of all indexes, uv of the first that has the package
        variables["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if said.keys() & {"index-url", "extra-index-url"} and shutil.which("keyring"):
        variables["UV_KEYRING_PROVIDER"] = "subprocess"
    return variables


def reason(output: str) -> str:
    """uv's explanation on one line, without its drawing, and what helps without a network."""
    said = re.sub(r"[^\x00-\x7f]|hint:.*", " ", output)
    said = re.sub(r"^\s*error:|No solution found when resolving dependencies:?|\bcause:", " ", said)
    cached = "; UV_OFFLINE=1 takes what uv has cached" if "Failed to fetch" in said else ""
    return (" ".join(said.split())[:400] or "uv does not say why") + cached
