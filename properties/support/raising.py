"""What a call raises, and what of a message says the same wherever it is raised."""

import re
from collections.abc import Callable
from typing import Any


def raised(call: Callable[[], Any]) -> type[Exception] | None:
    """The type of the exception that a call raises; None where it returns."""
    try:
        call()
    except Exception as error:
        return type(error)
    return None


def shape(message: str) -> str:
    """The first line of a message without what differs from release to release, or run to run: numbers, addresses."""
    return re.sub(r"0x[\da-f…]+|[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?", "#", message.strip().split("\n")[0])
