"""The parts of ``tox.ini`` that follow from ``releases.toml``."""

import re
from collections.abc import Iterable, Iterator

from reports.paths import ROOT
from reports.releases.rows import PYTHONS, Rows

TOX_INI = ROOT / "tox.ini"
# A list of releases, the Pythons of the releases, and how each is installed.
_LIST = re.compile(r"^(main|early|recent) = .*$", re.MULTILINE)
_PYTHONS = re.compile(r"(?<=^base_python =\n)(?:    .*flax.*\n)+", re.MULTILINE)
_INSTALLED = re.compile(r"^(?:    flax.*: python -m reports.gate.install flax==.*\n)+", re.MULTILINE)


def renewed(text: str, found: Rows) -> str:
    """``tox.ini`` as the rows give it."""
    text = _LIST.sub(lambda one: f"{one[1]} = {','.join(getattr(found, one[1]))}", text)
    text = _PYTHONS.sub(lambda _: _block(_pythons(found)), text)
    return _INSTALLED.sub(lambda _: _block(_installed(found)), text)


def _block(lines: Iterable[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)


def _pythons(found: Rows) -> Iterator[str]:
    """A line for each choice of Pythons; environments that run no release have all of them."""
    chosen: dict[tuple[str, ...], list[str]] = {}
    for name, row in found.releases.items():
        if tuple(row.pythons) != PYTHONS:
            chosen.setdefault(tuple(row.pythons), []).extend(_environments(name, found))
    for pythons, environments in chosen.items():
        yield f"{', '.join(environments)}: {', '.join(pythons)}"
    others = "-".join(f"!{one}" for environments in chosen.values() for one in environments)
    yield f"{others}: {', '.join(PYTHONS)}"


def _installed(found: Rows) -> Iterator[str]:
    for name, row in found.releases.items():
        command = f"python -m reports.gate.install flax=={name} --exclude-newer={row.as_of}"
        yield f"{', '.join(_environments(name, found))}: {command}"


def _environments(name: str, found: Rows) -> list[str]:
    """The environments that hold a release; the bench and strength have the newest."""
    return [f"flax{name}", *(["bench", "strength"] if name == found.newest() else [])]
