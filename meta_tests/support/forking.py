"""Runs pytest many times in one environment that imports jax once: ``python -m meta_tests.support.forking``.

Most of a short run is the import of jax and Flax. So this process imports them
and forks for each run; the backend, the configuration, the properties and the
implementation come into being in the child alone and die with it.
"""

import importlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path


def serve() -> None:
    """Answer each line of arguments and output path, in JSON, by a line with the exit status."""
    from properties.support import runtime

    runtime.prepare()
    for module in ("flax.linen", "flax.nnx", "hypothesis.strategies", "pytest"):
        importlib.import_module(module)
    for line in sys.stdin:
        arguments, output = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(arguments, Path(output))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(arguments: Sequence[str], output: Path) -> None:
    import pytest

    status = 1
    try:
        with output.open("wb") as file:
            os.dup2(file.fileno(), sys.stdout.fileno())
            os.dup2(file.fileno(), sys.stderr.fileno())
        status = int(pytest.main(list(arguments)))
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)  # nothing of the parent's is to be cleaned up here


if __name__ == "__main__":
    serve()
