"""What commands print in the READMEs, printed anew: ``python -m meta_tests.readme``.

A block of code holds commands, ``$ python -m reports …``, and what each prints:
lines are cut, and where ``… 9 lines more`` stands they are left out. Above a
table stands its command as a comment, ``<!-- python -m reports … -->``. Only
commands on files of the repository are run.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

from meta_tests.runs import ROOT
from reports.files import write_whole

READMES = (ROOT / "README.md", ROOT / "reports" / "releases" / "README.md")
WIDTH = 150

_TRANSCRIPT = re.compile(
    r"^\$ (python -m reports (?![^\n]*==)[^\n]*)\n(.*?)(?=\n*^(?:```$|\$ ))", re.DOTALL | re.MULTILINE
)
_TABLES = re.compile(r"^<!-- (python -m reports [^\n]*) -->\n\n(.*?)(?=^<!-- end -->$)", re.DOTALL | re.MULTILINE)
_LEFT_OUT = re.compile(r"^… \d+ lines more\n?", re.MULTILINE)


def printed_anew(text: str) -> str:
    """A README with what its commands print now."""
    text = _TRANSCRIPT.sub(lambda found: f"$ {found[1]}\n{_cut(_printed(found[1]), found[2])}", text)
    return _TABLES.sub(lambda found: f"<!-- {found[1]} -->\n\n{_tables(found[1], found[2])}\n", text)


def _cut(printed: str, shown: str) -> str:
    """As much of what is printed now as was shown of what was printed before: parts are found by their first lines."""
    lines = [line[:WIDTH].rstrip() for line in printed.splitlines()]
    return "\n".join(_parts(lines, [part.splitlines() for part in _LEFT_OUT.split(f"{shown}\n")]))


def _parts(lines: list[str], shown: list[list[str]]) -> Iterator[str]:
    first, *rest = shown
    end = len(first) if rest else len(lines)
    yield from lines[:end]
    for part in rest:
        start = lines.index(part[0], end) if part else len(lines)
        yield f"… {start - end} lines more"
        end = len(lines) if part is rest[-1] else start + len(part)
        yield from lines[start:end]


def _tables(command: str, shown: str) -> str:
    """What is printed now, as far as its first table alone where no more was shown."""
    printed = _printed(command)
    return printed if shown.count("\n| ---") > 1 else printed.partition("\n\n")[0] + "\n"


@cache
def _printed(command: str) -> str:
    arguments = [sys.executable, *shlex.split(command)[1:]]
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False).stdout.rstrip() + "\n"


if __name__ == "__main__":
    for path in READMES:
        write_whole(path, printed_anew(path.read_text("utf-8")))
