"""Places in which a run starts: each is a function that gets an empty folder and returns a Place."""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from meta_tests.support.runs import ROOT

_CACHE_IN_THE_CHECKOUT = {"XDG_CACHE_HOME": None, "JAX_COMPILATION_CACHE_DIR": None}
_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "meta_tests", "runs", "dist")


class NoPlace(Exception):
    """This machine does not offer the place; the message says what it lacks."""


@dataclass(frozen=True)
class Place:
    """The folder in which pytest starts, the command that starts it, and its variables (``None`` removes one)."""

    folder: Path = ROOT
    prefix: tuple[str, ...] = ()
    variables: Mapping[str, str | None] = field(default_factory=dict)


def checkout(empty: Path) -> Place:
    """The checkout as it is."""
    return Place()


def odd_path(empty: Path) -> Place:
    """A copy of the suite under a name with spaces, quotes and letters outside ASCII; its cache is there, too."""
    folder = empty / "Größe von 'x' 模型"
    _copy(folder)
    return Place(folder, variables=_CACHE_IN_THE_CHECKOUT)


def read_only(empty: Path) -> Place:
    """A copy of the suite that cannot be written, and no other place for the cache."""
    folder = empty / "suite"
    _copy(folder)
    mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" && ! touch tox.ini 2>&1'
    return Place(folder, _unshared("--mount", mount, folder), _CACHE_IN_THE_CHECKOUT)


def full_disk(empty: Path) -> Place:
    """The cache is on a disk without a free byte."""
    fill = 'mount -t tmpfs -o size=64k none "$0" && { head -c 100000 /dev/zero >"$0/filler" 2>&1 || true; }'
    full = {"XDG_CACHE_HOME": str(empty), "JAX_COMPILATION_CACHE_DIR": None, "PYTHONDONTWRITEBYTECODE": "1"}
    return Place(ROOT, _unshared("--mount", fill, empty), full)


def offline(empty: Path) -> Place:
    """There is no network, not even the machine's own."""
    return Place(ROOT, _unshared("--net", "true", empty))


def _copy(folder: Path) -> None:
    shutil.copytree(ROOT, folder, ignore=_LEFT_OUT)


def _unshared(kind: str, prepare: str, folder: Path) -> tuple[str, ...]:
    """What starts a command after ``prepare``, a line of shell in which ``$0`` is the folder; NoPlace."""
    prefix = ("unshare", kind, "--map-root-user", "sh", "-c", f'{prepare} && exec "$@"', str(folder))
    if shutil.which("unshare") is None or subprocess.run([*prefix, "true"], capture_output=True).returncode != 0:
        raise NoPlace(f"this machine does not allow `unshare {kind}`")
    return prefix


PLACES: dict[str, Callable[[Path], Place]] = {
    one.__name__: one for one in (checkout, odd_path, read_only, full_disk, offline)
}
