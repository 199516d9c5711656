"""Lines of text that fit: 80 columns, values in a few words, names in threes."""

import json
import re
import textwrap
from collections.abc import Sequence

WIDTH = 80
_MOST_NAMED = 3
_WORDS = re.compile(r"(?:[^\s\"']|\"[^\"]*\"|'[^']*')+")


def wrapped(text: str, first: str = "", rest: str = "", end: str = "") -> list[str]:
    """Lines of at most 80 columns; a word that is longer stays whole."""
    return textwrap.wrap(
        f"{text}{end}",
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest or first,
        break_long_words=False,
        break_on_hyphens=False,
    )


def command(text: str, indent: str) -> list[str]:
    """A shell's command that can be copied: each line but the last ends with a backslash."""
    lines: list[str] = []
    for word in _WORDS.findall(text):
        if lines and len(f"{lines[-1]} {word} \\") <= WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(f"{indent}{'  ' if lines else ''}{word}")
    return [f"{line} \\" for line in lines[:-1]] + lines[-1:]


def shortened(text: str, longest: int) -> str:
    """As much of ``text`` as this many characters hold; what is left out is three dots in one character."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def literal(found: object) -> str:
    """An observed value as JSON, the same for the same value."""
    return json.dumps(found, sort_keys=True, ensure_ascii=False)


def value(found: object, longest: int) -> str:
    """An observed value in a line; None where there is none."""
    return shortened("nothing" if found is None else literal(found), longest)


def from_to(row: Sequence[str]) -> str:
    """``0.12.0 to 0.12.2``: the first and the last of a row, or the one that there is."""
    return " to ".join(dict.fromkeys([row[0], row[-1]]))


def first_few(names: Sequence[str]) -> tuple[Sequence[str], int]:
    """As many as a reader takes in, and how many more there are."""
    return names[:_MOST_NAMED], len(names[_MOST_NAMED:])


def named(names: Sequence[str]) -> str:
    """These names, or the first few of many."""
    first, more = first_few(names)
    return ", ".join(first) + (f" and {more} more" if more else "")
