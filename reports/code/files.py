"""The Python files of a user, and what of them cannot be read."""

import codecs
import io
import os
import re
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reports.code.expressions import Expressions
from reports.errors import BadInput

# Folders of other people's code, or of no source at all.
_SKIPPED = ("__pycache__", "node_modules", "site-packages")
_OF_AN_ENVIRONMENT = "pyvenv.cfg"
_NOTEBOOK = ".ipynb"
# What no finding concerns does not name it.
_NAMED = b"flax"
_STAR = re.compile(rb"^[ \t]*from[ \t]+flax[\w.]*[ \t]+import[ \t]+\*", re.MULTILINE)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class File:
    """A file that names Flax."""

    path: str
    source: Expressions
    # In UTF-8, of which trees count the bytes.
    lines: tuple[bytes, ...]

    def column(self, line: int, offset: int) -> int:
        """The column, from 1, of an offset in bytes."""
        return len(self.lines[line - 1][:offset].decode("utf-8", "replace")) + 1


@dataclass
class Files:
    """What was found below some paths."""

    # How many were read.
    count: int = 0
    naming_flax: list[File] = field(default_factory=list)
    # In a line each, with a remedy.
    unread: list[str] = field(default_factory=list)
    notebooks: int = 0


def files_of(paths: Sequence[str]) -> Files:
    """The Python files of these files and folders; BadInput where there is none at a path."""
    found = Files()
    for path in dict.fromkeys(name for one in paths for name in _below(one, found.unread)):
        if path.endswith(_NOTEBOOK):
            found.notebooks += 1
            continue
        try:
            found.naming_flax += _read(path, found.unread)
            found.count += 1
        except SyntaxError as error:
            said = f"not Python of this version ({error.msg}); fix it, or save it as UTF-8"
            found.unread.append(f"{path}:{error.lineno or 1}: {said}")
        except (RecursionError, MemoryError):
            found.unread.append(f"{path}: an expression is nested too deeply; split it")
        except ValueError as error:
            found.unread.append(f"{path}: not text ({error}); save it as UTF-8")
        except OSError as error:
            found.unread.append(_unreadable(error))
    if found.notebooks and not (found.count or found.unread):
        raise BadInput(f"--code {paths[0]}: only notebooks; make Python files of them: jupyter nbconvert --to script")
    return found


def _unreadable(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}; make it readable"


def _below(name: str, unread: list[str]) -> Iterator[str]:
    """A file itself, or the Python files and notebooks of a folder, in the order of their names."""
    path = Path(name)
    if path.is_file():
        yield name
        return
    if not name or not path.is_dir():
        raise BadInput(f"--code {name or '(nothing)'}: no such file or folder; name a Python file, or a folder of them")
    files = [*_walked(path, unread)]
    if not files:
        raise BadInput(f"--code {name}: a folder without Python files; name the folder of your source")
    yield from files


def _walked(folder: Path, unread: list[str]) -> Iterator[str]:
    for place, folders, names in os.walk(folder, onerror=lambda error: unread.append(_unreadable(error))):
        folders[:] = sorted(one for one in folders if not _is_skipped(Path(place, one)))
        yield from (str(Path(place, one)) for one in sorted(names) if _is_source(Path(place, one)))


def _is_source(path: Path) -> bool:
    """Neither a pipe nor a folder; of a link that leads nowhere it is said later that it cannot be read."""
    return path.name.endswith((".py", _NOTEBOOK)) and (path.is_file() or not path.exists())


def _is_skipped(folder: Path) -> bool:
    return folder.name in _SKIPPED or folder.name.startswith(".") or (folder / _OF_AN_ENVIRONMENT).exists()


def _read(path: str, unread: list[str]) -> Iterator[File]:
    text = Path(path).read_bytes()
    if text.startswith(_UTF16):
        raise ValueError("UTF-16")
    if star := _STAR.search(text):
        line = text.count(b"\n", 0, star.start()) + 1
        unread.append(f"{path}:{line}: `import *` hides the names of Flax; import each by its name")
    if _NAMED not in text:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expressions = Expressions(text)
    encoding, _ = tokenize.detect_encoding(io.BytesIO(text).readline)
    yield File(path, expressions, tuple(text.decode(encoding).encode().splitlines()))
