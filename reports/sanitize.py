"""Text from a report is a stranger's: it is shown, never obeyed; and what is written into one names no place."""

import re


def visible(text: str) -> str:
    """``text`` with what has no shape of its own, or turns the writing round, as Python's escapes; lines are kept."""
    return "".join(
        character if character.isprintable() or character in "\n\t" else ascii(character)[1:-1] for character in text
    )


def placeless(message: str) -> str:
    """Files by their names alone, objects without addresses: where they are is of one machine, or of one run."""
    named = re.sub(r"(?:/[\w.+-]+)+/(?=[\w.+-]+\.py\b)", "", message)
    return re.sub(r"\b0x[\da-f]{6,}", "0x…", named)
