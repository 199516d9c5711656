"""Processes of the gate: none outlives its time limit, or the gate itself."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from impl.errors import TooSlow, limited
from meta_tests.support.runs import ROOT, environment
from reports.processes import finished

# Starts a grandchild, says which processes there are, and goes on for a minute.
LASTING = """
import os, subprocess, sys, time
from pathlib import Path
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
Path(sys.argv[1]).write_text(f"{os.getpid()} {child.pid}")
time.sleep(60)
"""

# The same without a grandchild, which only a gate that lives can end.
LASTING_ALONE = """
import os, sys, time
from pathlib import Path
Path(sys.argv[1]).write_text(f"{os.getpid()} alone")
time.sleep(60)
"""
GATE = """
import os, sys
from reports.processes import finished
finished([sys.executable, "-c", {lasting!r}, {pids!r}], os.environ, 60)
"""


def _alive(pid: str | int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def _within(seconds: float, is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.05)
    return is_so()


def _noted(path: Path) -> list[str]:
    assert _within(20, path.exists)
    assert _within(20, lambda: len(path.read_text().split()) == 2)
    return path.read_text().split()


def test_time_limit_ends_a_process_and_what_it_started(tmp_path: Path) -> None:
    """After its time nothing of it is left, and the answer says that it took too long."""
    done = finished([sys.executable, "-c", LASTING, str(tmp_path / "pids")], os.environ, 3)
    assert (done.returncode, done.stderr) == (-signal.SIGALRM, "it took longer than 3 s")
    pids = _noted(tmp_path / "pids")
    assert _within(5, lambda: not any(map(_alive, pids)))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
def test_killed_gate_leaves_no_process(tmp_path: Path) -> None:
    """When the gate is killed, its processes end within five seconds."""
    program = tmp_path / "program.py"
    pids = tmp_path / "pids"
    program.write_text(GATE.format(lasting=LASTING_ALONE, pids=str(pids)))
    gate = subprocess.Popen([sys.executable, str(program)], env=environment(PYTHONPATH=str(ROOT)))
    (pid, _) = _noted(pids)
    gate.kill()
    gate.wait()
    assert _within(5, lambda: not _alive(pid))


@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
def test_killed_run_leaves_no_worker(newest: Path, tmp_path: Path) -> None:
    """Where pytest's controller is killed, its workers end within five seconds, whatever they do."""
    hanging = tmp_path / "hanging.py"
    hanging.write_text(
        "import os, time\nfrom pathlib import Path\n\n"
        "def linen_inside_nnx(seed, x, features):\n"
        "    if features == 2:  # the first call, which has a process of its own\n"
        "        return x[:2]\n"
        f"    Path({str(tmp_path)!r}, f'{{os.getpid()}}.pid').write_text('')\n"
        "    time.sleep(100)\n"
    )
    command = [str(newest), "-m", "pytest", "properties/test_affine.py", "-n", "2", "--impl", str(hanging)]
    run = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert _within(120, lambda: len(list(tmp_path.glob("*.pid"))) >= 2)
    workers = [int(path.stem) for path in tmp_path.glob("*.pid")]
    assert all(map(_alive, workers))
    run.kill()
    run.wait()
    assert _within(5, lambda: not any(map(_alive, workers)))


def test_time_limit_of_a_user_s_file() -> None:
    """It ends what computes longer, though that catches exceptions, and is none where a signal cannot be had."""

    def computing() -> str:
        with limited(1):
            try:
                while time.process_time() < until:
                    pass
            except Exception:
                return "caught"
        return "done"

    until = time.process_time() + 1.5
    with pytest.raises(TooSlow, match="longer than 1 s of processor time"):
        computing()
    until = time.process_time() + 1.5
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(computing).result() == "done"


def test_user_s_file_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for the processor, or for anything, has more time, and not all time."""

    def waiting() -> str:
        with limited(1):
            time.sleep(1.5)
        return "done"

    assert waiting() == "done"
    monkeypatch.setattr("impl.errors._BUSY", 1)
    with pytest.raises(TooSlow, match="does not end within 1 s"):
        waiting()
