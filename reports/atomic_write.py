"""Files are written whole or not at all."""

import errno
import os
import uuid
from pathlib import Path


def check_writable(path: Path) -> None:
    """Raise the OSError that writing ``path`` would raise, as far as that can be known before; nothing is made."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    folder = next(parent for parent in (path.parent, *path.parent.parents) if parent.exists())
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{folder} is no folder", str(path))
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise PermissionError(errno.EACCES, "it cannot be written", str(path))


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, or leave what was there: never a part; an OSError names ``path``."""
    check_writable(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Another machine may write the same file, with a process of the same number.
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        partial.unlink(missing_ok=True)
