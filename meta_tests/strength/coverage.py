"""Which functions of Flax each property runs, and its seconds: measured once, and kept in ``coverage.json``."""

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from meta_tests.support import kept
from reports.atomic_write import write_whole

FILE = Path(__file__).with_name("coverage.json")


@dataclass(frozen=True)
class Ran:
    """What one property did in the run that measures: processor seconds, whether it was red, the functions it ran."""

    property: str
    seconds: float
    red: bool
    functions: tuple[str, ...]

    def line(self) -> str:
        return json.dumps([self.property, self.seconds, self.red, self.functions]) + "\n"

    @classmethod
    def of_line(cls, line: str) -> "Ran":
        name, seconds, red, functions = json.loads(line)
        return cls(name, seconds, red, tuple(functions))


@dataclass(frozen=True)
class Coverage:
    """What is kept of such a run. ``functions``: ``FILE::FUNCTION`` -> the properties that run it, as their numbers."""

    seconds: Mapping[str, float]
    red: Sequence[str]
    functions: Mapping[str, Sequence[int]]

    @cached_property
    def properties(self) -> Sequence[str]:
        return list(self.seconds)

    def runs(self, function: str) -> Sequence[str]:
        """The properties that run a function, ``FILE::FUNCTION``."""
        return [self.properties[number] for number in self.functions.get(function, ())]

    def ran(self) -> Iterator[Ran]:
        """What :func:`of_runs` was given."""
        functions: dict[int, list[str]] = {}
        for function, numbers in self.functions.items():
            for number in numbers:
                functions.setdefault(number, []).append(function)
        for number, (name, seconds) in enumerate(self.seconds.items()):
            yield Ran(name, seconds, name in self.red, tuple(functions.get(number, ())))

    def text(self) -> str:
        """One line a property and a function, the numbers of properties as spans."""
        lines = {
            "red": list(self.red),
            "seconds": dict(self.seconds),
            "functions": {name: spans(numbers) for name, numbers in sorted(self.functions.items())},
        }
        return json.dumps(lines, indent=1) + "\n"


def of_runs(lines: Iterable[Ran]) -> Coverage:
    """The coverage that these properties give; one that is named twice counts as it ran last."""
    ran = {one.property: one for one in lines}
    ordered = [ran[name] for name in sorted(ran)]
    functions: dict[str, list[int]] = {}
    for number, one in enumerate(ordered):
        for function in one.functions:
            functions.setdefault(function, []).append(number)
    return Coverage(
        {one.property: one.seconds for one in ordered}, [one.property for one in ordered if one.red], functions
    )


def read(file: Path = FILE) -> Coverage:
    """What is kept; BadInput."""
    with kept.refused(file):
        found = json.loads(file.read_text(encoding="utf-8"))
        functions = {name: list(numbers(text)) for name, text in found["functions"].items()}
        return Coverage(found["seconds"], found["red"], functions)


def add(ran: Iterable[Ran], known: Container[str], file: Path = FILE) -> None:
    """Keep what was measured, in place of what is kept of the same properties, and nothing that is not ``known``."""
    before = read(file).ran() if file.exists() else ()
    write_whole(file, of_runs(one for one in (*before, *ran) if one.property in known).text())


def spans(numbers: Sequence[int]) -> str:
    """``0-2,5`` for 0, 1, 2, 5."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def numbers(text: str) -> Iterator[int]:
    """What :func:`spans` was given."""
    for span in filter(None, text.split(",")):
        first, _, last = span.partition("-")
        yield from range(int(first), int(last or first) + 1)
