"""What was seen, a line of JSON each, on disk as soon as it is seen: a program may be killed."""

import base64
import hashlib
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

VARIABLE = "NNX_BRIDGE_CAPTURE"
# A pickle that is larger holds data, not a setting.
_LARGEST_PICKLE = 1_000_000


class TooLarge(Exception):
    """A pickle is larger than a setting is."""


class Facts:
    """The lines of this process in a folder that the processes of a program share; a fork has lines of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._seen: set[str] = set()

    def tell(self, kind: str, **fact: Any) -> None:
        """Note a fact, once."""
        line = json.dumps({"kind": kind, **fact}, sort_keys=True)
        with self._lock:
            if line not in self._seen:
                self._seen.add(line)
                self._append(line)

    def add_pickle(self, data: bytes) -> str:
        """Note a pickle; the key under which it is found. Raises TooLarge."""
        if len(data) > _LARGEST_PICKLE:
            raise TooLarge
        key = hashlib.sha256(data).hexdigest()[:12]
        self.tell("pickle", key=key, data=base64.b64encode(data).decode())
        return key

    def _append(self, line: str) -> None:
        try:
            with (self._folder / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError:  # the command that reads it has ended, or the disk is full: the program goes on
            return


def of_environment(environ: Mapping[str, str]) -> Facts | None:
    """Where the command that started this program reads; None where none did."""
    folder = environ.get(VARIABLE)
    return Facts(Path(folder)) if folder and Path(folder).is_dir() else None
