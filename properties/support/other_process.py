"""A second Python process that makes the same calls: ``python -m properties.support.other_process IMPL``."""

import contextlib
import os
import pickle
import subprocess
import sys
from types import TracebackType
from typing import Any

import numpy as np

from properties.support import runtime


class OtherProcess:
    """Runs the implementation in a fresh process with another hash seed; it lives until closed."""

    def __init__(self, implementation: str) -> None:
        # It finds the same modules as this process.
        environ = os.environ | {"PYTHONHASHSEED": "4321", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name, implementation],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def entry(self, seed: float, x: Any, features: float) -> np.ndarray:
        """What the entry returns there, or the RuntimeError that says what it raised."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        pickle.dump((seed, np.asarray(x), features), self._process.stdin)
        self._process.stdin.flush()
        answer: np.ndarray | str = pickle.load(self._process.stdout)
        if isinstance(answer, str):
            raise RuntimeError(f"the other process raised {answer}")
        return answer

    def __enter__(self) -> "OtherProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()


def _serve(implementation: str) -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what an implementation prints is not an answer
    runtime.prepare()
    import jax.numpy as jnp

    from impl.loading import load

    entry = load(implementation).entry
    # Excused: The other process ends when its input ends.
    with contextlib.suppress(EOFError):
        while True:
            seed, x, features = pickle.load(sys.stdin.buffer)
            try:
                answer: np.ndarray | str = np.asarray(entry(seed, jnp.asarray(x), features))
            except Exception as error:
                answer = f"{type(error).__name__}: {error}"
            pickle.dump(answer, answers)
            answers.flush()


if __name__ == "__main__":
    _serve(sys.argv[1])
