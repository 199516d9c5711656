"""Text from a report is a stranger's: it is shown, never obeyed."""


def visible(text: str) -> str:
    """``text`` with what has no shape of its own, or turns the writing round, as Python's escapes; lines are kept."""
    return "".join(
        character if character.isprintable() or character in "\n\t" else ascii(character)[1:-1] for character in text
    )
