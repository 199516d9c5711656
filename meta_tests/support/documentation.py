"""Regenerates the generated parts of the documentation: ``python -m meta_tests.support.documentation``.

A transcript is a block of code that holds commands, ``$ python -m reports …``,
and below each what it prints: long lines are cut, and where ``… 9 more lines``
stands lines are left out. ``# exit 1`` behind a command says how it ends where
that is not 0, and ``$ cd FOLDER`` in the first line where it runs. An included
part stands between ``<!-- python -m … -->`` and ``<!-- end -->``, and
is what the command prints, in Markdown. A picture is ``meta_tests/support/picture.py``'s.
A page that begins its examples with ``<!-- newest: OLD NEW -->`` is written for the
two newest releases: where these are others, each mention of the two changes first.
Single numbers are ``meta_tests/support/figures.py``'s.

Exit codes: 0 done, 1 a command failed or printed nothing, and its page was left alone.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from meta_tests.support import debian, figures, picture
from meta_tests.support.runs import ROOT, environment
from reports.atomic_write import write_whole
from reports.releases.rows import rows

WIDTH = 100
_BEGINNING = 24
_FOLDERS = (".github", "impl", "properties", "reports", "meta_tests")
_COMMANDS = ("python -m reports ", "python -m meta_tests.hard_ground", "nnx-bridge ")
_INSTALLED = "import sys; from reports.__main__ import main; sys.exit(main())"

_BLOCK = re.compile(r"^```\n(?=\$ )(.*?)^```$", re.DOTALL | re.MULTILINE)
_INCLUDED = re.compile(
    r"^<!-- (python -m (?:reports |meta_tests\.)[^\n]*) -->\n(.*?)^<!-- end -->$", re.DOTALL | re.MULTILINE
)
_NEWEST = re.compile(r"^<!-- newest: (\S+) (\S+) -->$", re.MULTILINE)
_EVIDENCE = re.compile(r"[\d.]+|.*\.json")
_EXIT = re.compile(r"  # exit (\d+)$")
_LEFT_OUT = re.compile(r"^… \d+ more lines?\n?", re.MULTILINE)


class Failed(Exception):
    """A command of the documentation does not do what its page needs; the message is one line."""


@dataclass(frozen=True)
class Command:
    """A command as a page shows it."""

    text: str
    folder: Path = ROOT

    @property
    def arguments(self) -> list[str]:
        """What follows the program's name."""
        program = next((name for name in _COMMANDS if self.text.startswith(name)), None)
        if program is None:
            raise Failed(f"`{self.text}`: only commands of the reports are run; write it without the $")
        return shlex.split(_EXIT.sub("", self.text).removeprefix(program))

    @property
    def program(self) -> list[str]:
        """What makes Python the program that the page names."""
        return shlex.split(self.text)[1:3] if self.text.startswith("python") else ["-c", _INSTALLED]

    @property
    def status(self) -> int:
        """The exit code with which it must end."""
        told = _EXIT.search(self.text)
        return int(told[1]) if told else 0

    @property
    def makes_environments(self) -> bool:
        """Whether it runs properties, which takes minutes where the others take seconds."""
        name, *rest = self.arguments or [""]
        return name == "bisect" or (name == "gate" and not all(map(_EVIDENCE.fullmatch, rest[:2])))


Wanted = Callable[[Command], bool]


def pages() -> list[Path]:
    """Every page of the repository's documentation."""
    return [ROOT / "README.md", *sorted(path for folder in _FOLDERS for path in (ROOT / folder).rglob("*.md"))]


def commands(text: str) -> list[Command]:
    """The commands of a page, in the order of its kinds of parts."""
    asked: list[Command] = []

    def ask(command: Command) -> bool:
        asked.append(command)
        return False

    renewed(text, ask)
    return asked


def renewed(text: str, wanted: Wanted = lambda command: True) -> str:
    """A page with what the wanted commands print now; Failed."""
    text = _of_the_newest(text)
    text = _BLOCK.sub(lambda block: f"```\n{''.join(_block(block[1], wanted))}```", text)
    return _INCLUDED.sub(
        lambda part: f"<!-- {part[1]} -->\n{_included(Command(part[1]), part[2], wanted)}<!-- end -->", text
    )


def _of_the_newest(text: str) -> str:
    """The page with the two newest releases in place of those that it was written for."""
    written = _NEWEST.search(text)
    if not written:
        return text
    new = dict(zip(written.groups(), rows().names[-2:], strict=True))
    return re.sub(r"\d+(?:\.\d+)+", lambda one: new.get(one[0], one[0]), text)


def _block(content: str, wanted: Wanted) -> Iterator[str]:
    folder = ROOT
    for command, shown in re.findall(r"^\$ ([^\n]*)\n(.*?)(?=^\$ |\Z)", content, re.DOTALL | re.MULTILINE):
        yield f"$ {command}\n"
        if command.startswith("cd "):
            folder = ROOT / command.removeprefix("cd ")
            continue
        one = Command(command, folder)
        blank = "\n" if shown.endswith("\n\n") else ""
        yield f"{_cut(printed(one), shown)}\n{blank}" if wanted(one) else shown


def _included(command: Command, shown: str, wanted: Wanted) -> str:
    return f"\n{printed(command)}\n" if wanted(command) else shown


def _cut(text: str, shown: str) -> str:
    """As much of what is printed now as was shown of what was printed before: parts are found by how they begin."""
    lines = [line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…" for line in map(str.rstrip, text.splitlines())]
    return "\n".join(_parts(lines, [part.splitlines() for part in _LEFT_OUT.split(f"{shown.rstrip()}\n")]))


def _parts(lines: list[str], shown: list[list[str]]) -> Iterator[str]:
    first, *rest = shown
    end = len(first) if rest else len(lines)
    yield from lines[:end]
    for part in rest:
        start = _start(part, lines, end) if part else len(lines)
        if start <= end:
            raise Failed("it prints less than is shown; choose other lines to show")
        yield f"… {start - end} more line{'s' if start - end > 1 else ''}"
        end = len(lines) if part is rest[-1] else start + len(part)
        yield from lines[start:end]


def _start(part: list[str], lines: list[str], after: int) -> int:
    for number in range(after + 1, len(lines)):
        if lines[number].startswith(part[0][:_BEGINNING]):
            return number
    raise Failed(f"no line begins with {part[0][:_BEGINNING]!r} any more; choose other lines to show")


@cache
def printed(command: Command, *options: str) -> str:
    """What the command prints with these further options; Failed where it ends not as its page says, or is silent."""
    done = subprocess.run(
        [sys.executable, *command.program, *command.arguments, *options],
        cwd=command.folder,
        env=environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
    )
    # What is said on stderr alone is an answer only where the page says that the command refuses one.
    said = (done.stdout or (done.stderr if command.status else "")).rstrip()
    if done.returncode != command.status:
        last = (said or done.stderr.rstrip() or "it prints nothing").splitlines()[-1]
        raise Failed(f"`{command.text}` ended with exit code {done.returncode}, not {command.status}: {last}")
    if not said:
        raise Failed(f"`{command.text}` printed nothing")
    return f"{said}\n"


def main() -> int:
    failures: list[str] = []
    for path in pages():
        name, before = os.path.relpath(path, ROOT), path.read_text("utf-8")
        try:
            after = picture.renewed(figures.renewed(renewed(before), path), path.parent)
        except (Failed, figures.FigureMissing, debian.ProgramMissing) as problem:
            failures.append(f"{name}: {problem}")
            continue
        if after != before:
            write_whole(path, after)
            print(f"{name}: regenerated", flush=True)
    print(*failures, sep="\n", end="\n" if failures else "", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
