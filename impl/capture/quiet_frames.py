"""A program that ends with an exception prints the traceback that it would print alone."""

import sys
from pathlib import Path
from types import TracebackType

_HERE = str(Path(__file__).parent)


def install() -> None:
    """Leave this package's frames out of what Python prints of an exception that ends the program."""
    shown = sys.excepthook

    def showing(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _strip(error, set())
        shown(kind, error, error.__traceback__)

    sys.excepthook = showing


def _strip(error: BaseException, met: set[int]) -> None:
    met.add(id(error))
    error.__traceback__ = _without_ours(error.__traceback__)
    for other in (error.__cause__, error.__context__):
        if other is not None and id(other) not in met:
            _strip(other, met)


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    while trace is not None:
        if not trace.tb_frame.f_code.co_filename.startswith(_HERE):
            kept.append(trace)
        trace = trace.tb_next
    made = None
    for one in reversed(kept):
        made = TracebackType(made, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return made
