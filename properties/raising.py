"""What a call raises."""

from collections.abc import Callable
from typing import Any


def raised(call: Callable[[], Any]) -> type[Exception] | None:
    """The type of the exception that a call raises; None where it returns."""
    try:
        call()
    except Exception as error:
        return type(error)
    return None
