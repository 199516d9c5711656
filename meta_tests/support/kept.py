"""What measurements keep in files: a value of JSON a line, or a table of reasons in TOML, which is kept by hand."""

import json
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from reports.errors import BadInput

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")


def line(value: "DataclassInstance") -> str:
    """A dataclass as its line."""
    return json.dumps(asdict(value), ensure_ascii=False) + "\n"


def lines(file: Path, made: Callable[[Any], T]) -> list[T]:
    """What ``made`` makes of each line; none where there is no file; BadInput."""
    found = []
    for number, text in enumerate(_text(file).splitlines(), start=1):
        with refused(f"{file}, line {number}"):
            found.append(made(json.loads(text)))
    return found


def reasons(file: Path, table: str, key: str) -> dict[str, str]:
    """The ``key`` of each entry of a table -> why; BadInput."""
    with refused(file):
        return {one[key]: one["why"] for one in tomllib.loads(_text(file)).get(table, [])}


@contextmanager
def refused(what: object) -> Iterator[None]:
    """Raise a BadInput where that which is read is not what was written."""
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        problem = f"{type(error).__name__}: {error}".splitlines()[0]
        raise BadInput(f"{what}: damaged ({problem}); mend it, or restore the file with `git restore`") from None


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""
