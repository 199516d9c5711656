"""Before a failure is called a regression, its falsifying example is tried on OLD."""

import re
import tempfile
from pathlib import Path

from reports.compare import Finding, Verdict
from reports.upgrade.environments import Environment
from reports.upgrade.running import last_line, run_program


def replayed(found: Finding, old: Environment) -> Finding:
    """The finding after the reproducer of its failure has run on OLD; unchanged where it has none."""
    reproducer = found.new.failure.reproducer if found.new and found.new.failure else None
    if reproducer is None:
        return found.noted("not replayed on OLD: the failure has no reproducer")
    exception = found.new.failure.exception if found.new and found.new.failure else ""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "reproducer.py"
        program.write_text(reproducer, encoding="utf-8")
        done = run_program(old, [str(program)])
    # The reproducer prints its sentence once everything is imported; without it nothing was tried.
    match done.returncode, bool(done.stdout):
        case 0, True:
            return found.noted("replayed: the falsifying example holds on OLD")
        case 1, True if not re.search(rf"^([\w.]+\.)?{re.escape(exception)}\b", done.stderr, re.MULTILINE):
            return found.noted(
                f"replayed: the falsifying example fails on OLD too, but otherwise ({last_line(done.stderr)})"
            )
        case 1, True:  # OLD tried other examples and missed it
            return found.judged(Verdict.STILL_FAILING, "replayed: the falsifying example fails on OLD too")
        case status, _:
            ending = last_line(done.stderr or done.stdout)
            return found.noted(f"not replayed on OLD: the reproducer ended with exit code {status} ({ending})")
