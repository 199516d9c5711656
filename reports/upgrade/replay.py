"""Before a failure is called a regression, its falsifying example is tried on OLD."""

import re
import tempfile
from pathlib import Path

from properties.raising import shape
from reports.compare import Comparison
from reports.model import Failure
from reports.upgrade.environments import Environment
from reports.upgrade.running import last_line, run_program
from reports.vocabulary import Verdict


def replayed(found: Comparison, old: Environment) -> Comparison:
    """The comparison after the reproducer of its failure has run on OLD; unchanged where it has none."""
    if found.new is None or found.new.failure is None or found.new.failure.reproducer is None:
        return found.noted("not replayed on OLD: the failure has no reproducer")
    failure = found.new.failure
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "reproducer.py"
        program.write_text(found.new.failure.reproducer, encoding="utf-8")
        done = run_program(old, [str(program)])
    # The reproducer prints its sentence once everything is imported; without it nothing was tried.
    match done.returncode, bool(done.stdout):
        case 0, True:
            return found.noted("replayed: the falsifying example holds on OLD")
        case 1, True if not _fails_alike(failure, done.stderr):
            return found.noted(
                f"replayed: the falsifying example fails on OLD too, in another way ({last_line(done.stderr)})"
            )
        case 1, True:  # OLD tried other examples and missed it
            return found.judged(Verdict.STILL_FAILING, "replayed: the falsifying example fails on OLD too")
        case status, _:
            ending = last_line(done.stderr or done.stdout)
            return found.noted(f"not replayed on OLD: the reproducer ended with exit code {status} ({ending})")


def _fails_alike(failure: Failure, traceback: str) -> bool:
    """Whether what was raised last is the same exception with the same message, numbers aside."""
    raised = re.findall(r"^(?:[\w.]+\.)?(\w+)(?:: (.*))?$", traceback, re.MULTILINE)
    return (failure.exception, shape(failure.message)) in [(name, shape(message)) for name, message in raised]
