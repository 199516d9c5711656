"""Notes every outermost call that the properties make of the implementation, and makes the calls again."""

import functools
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby, repeat
from typing import Any

import jax
from flax import nnx

from properties.support.other_process import OtherProcess


@dataclass(frozen=True)
class MadeCall:
    """A call with all that it takes to make it again."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any
    raised: bool
    default_device: Any
    in_thread: bool


class Recording:
    """The calls made while it is switched on.

    Only the outermost call of each thread is noted: an entry that is traced
    inside a compiled call is part of that call. A call with tracers among its
    arguments, outside any form that is known here, cannot be made again: its
    time is kept in ``uncounted``, to be counted for neither side.
    """

    def __init__(self) -> None:
        self.calls: list[MadeCall] = []
        self.uncounted: list[float] = []
        self._on = False
        self._thread = threading.local()

    def start(self) -> None:
        self.calls, self.uncounted, self._on = [], [], True

    def stop(self) -> None:
        self._on = False

    def recorded(
        self,
        function: Callable[..., Any],
        again: Callable[..., Any] | None = None,
        keep: Callable[..., tuple[Any, ...]] | None = None,
    ) -> Callable[..., Any]:
        """``function``, noted; ``keep`` saves arguments that it destroys, ``again`` makes the call of those."""

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if not self._on or getattr(self._thread, "inside", False):
                return function(*args, **kwargs)
            kept = args if keep is None else keep(*args)
            device = jax.config.jax_default_device
            result, raised = None, True
            self._thread.inside = True
            started = time.perf_counter()
            try:
                result = function(*args, **kwargs)
                raised = False
                return result
            finally:
                self._thread.inside = False
                if _has_tracers(args, kwargs):
                    self.uncounted.append(time.perf_counter() - started)
                else:
                    in_thread = threading.current_thread() is not threading.main_thread()
                    self.calls.append(MadeCall(again or function, kept, kwargs, result, raised, device, in_thread))

        return call


def _has_tracers(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return any(isinstance(value, jax.core.Tracer) for value in (*args, *kwargs.values()))


class _StandIns:
    """What a replay uses in place of the objects of the recorded calls.

    A model that the calls had built is stood for by the one that the replay
    has built. The other process is started afresh for each replay, as the
    chapter starts it: its life begins with an import and the compilation cache.
    """

    def __init__(self) -> None:
        self._by_id: dict[int, Any] = {}
        self._open = ExitStack()

    def of(self, value: Any) -> Any:
        if isinstance(value, OtherProcess) and id(value) not in self._by_id:
            implementation = value._process.args[-1]  # type: ignore[index]
            self._by_id[id(value)] = self._open.enter_context(OtherProcess(str(implementation)))
        return self._by_id.get(id(value), value)

    def note(self, recorded: Any, replayed: Any) -> None:
        if isinstance(recorded, nnx.Module):
            self._by_id[id(recorded)] = replayed

    def close(self) -> None:
        self._open.close()


def replay(calls: Sequence[MadeCall]) -> float:
    """Make the calls again, each waited for, those of threads in threads; the seconds that took."""
    stand_ins = _StandIns()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        started = time.perf_counter()
        for in_thread, group in groupby(calls, lambda call: call.in_thread):
            if in_thread:
                with ThreadPoolExecutor(3) as threads:
                    list(threads.map(_make, group, repeat(stand_ins)))
            else:
                for call in group:
                    _make(call, stand_ins)
        seconds = time.perf_counter() - started
    stand_ins.close()
    return seconds


def _make(call: MadeCall, stand_ins: _StandIns) -> None:
    args = [stand_ins.of(value) for value in call.args]
    try:
        if call.default_device is None:
            result = call.function(*args, **call.kwargs)
        else:
            with jax.default_device(call.default_device):
                result = call.function(*args, **call.kwargs)
    except Exception:
        if call.raised:  # properties expect some calls to raise
            return
        raise
    stand_ins.note(call.result, result)
    if isinstance(result, jax.Array):
        result.block_until_ready()
