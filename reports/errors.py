"""Why a command of ``python -m reports`` can end without an answer; each message is one line with a remedy."""


class BadInput(Exception):
    """What the user gave cannot be used: exit code 2."""


class CannotTell(Exception):
    """There is no answer, through no fault of the user's input: exit code 3."""
