"""Steps that are taken twice, through the bridge and in plain Flax: what both refuse alike is no fault of the bridge.

The exclusions that features state (``unless``) need not be complete: where a combination raises, plain Flax is asked.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from properties.support.raising import shape

# Begins the event of an example that is not counted, because nothing was compared.
SHOWS_NOTHING = "shows nothing: "


class Refused(Exception):
    """Plain Flax refuses a step as the bridge does: nothing is compared, so nothing is passed."""


# What the bridge has raised and plain Flax is still to be asked about.
_raised: list[Exception] = []


@contextmanager
def bridged() -> Iterator[None]:
    """A step through the bridge; its exception is kept for the block of ``plain`` that must follow."""
    _raised.clear()
    try:
        yield
    except Exception as error:
        _raised.append(error)


@contextmanager
def plain() -> Iterator[None]:
    """The same step in plain Linen or NNX; the code after the block runs only if both succeed."""
    try:
        yield
    except Exception as error:
        if not _raised:
            raise AssertionError(f"the bridge does not raise, plain Flax raises {_described(error)}") from error
        if _described(error) == _described(_raised[0]):
            _raised.clear()
            raise Refused(_described(error)) from error
        _raised[0].add_note(f"plain Flax raises {_described(error)}")
    if _raised:
        raise _taken()


def forgotten() -> Exception | None:
    """The exception of the bridge in a step without a ``plain`` block."""
    return _taken() if _raised else None


def _taken() -> Exception:
    error = _raised[0]
    _raised.clear()
    return error


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {shape(str(error))}"
