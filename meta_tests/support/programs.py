"""Runs programs in one environment, each in a process of its own that is forked after the import of jax and Flax."""

import json
import os
import runpy
import subprocess
import sys
import traceback
from pathlib import Path

from meta_tests.support.runs import ROOT, environment


class Programs:
    """Programs by one Python, which finds nothing of this repository."""

    def __init__(self, python: Path) -> None:
        self._server = subprocess.Popen(
            [str(python), "-m", "meta_tests.support.programs"],
            cwd=ROOT,
            env=environment(JAX_DEFAULT_MATMUL_PRECISION="highest"),  # read at the import
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, program: Path, edit: str = "") -> tuple[int, str]:
        """The exit status of a program, and what it printed; with the bridge as an edit of that name leaves it."""
        output = program.with_suffix(".txt")
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        print(json.dumps([str(program), str(output), edit]), file=self._server.stdin, flush=True)
        return int(self._server.stdout.readline()), output.read_text()

    def close(self) -> None:
        """End the process from which programs are forked."""
        self._server.communicate()


def _serve() -> None:
    import flax.linen
    import flax.nnx  # noqa: F401

    for line in sys.stdin:
        program, output, edit = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(Path(program), Path(output), edit)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _run(program: Path, output: Path, edit: str) -> None:
    status = 1
    try:
        with output.open("wb") as file:
            os.dup2(file.fileno(), sys.stdout.fileno())
            os.dup2(file.fileno(), sys.stderr.fileno())
        os.chdir(program.parent)
        if edit:
            _edit(edit)
        sys.path.remove(str(ROOT))
        runpy.run_path(str(program), run_name="__main__")
        status = 0
    except SystemExit as ended:
        status = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # nothing of the parent's is to be cleaned up here


def _edit(name: str) -> None:
    """Imported here alone: it takes pytest and Hypothesis, which a program does without."""
    from meta_tests.support.edited import apply, named

    apply(named(name))


if __name__ == "__main__":
    _serve()
