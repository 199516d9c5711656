"""Before a failure is called a regression, its falsifying example is tried on OLD."""

import tempfile
from pathlib import Path

from reports.compare import Finding, Verdict
from reports.environments import Environment
from reports.running import run_program


def replayed(found: Finding, old: Environment) -> Finding:
    """The finding after the reproducer of its failure has run on OLD; unchanged where it has none."""
    reproducer = found.new.failure.reproducer if found.new and found.new.failure else None
    if reproducer is None:
        return found.noted("not replayed on OLD: the failure has no reproducer")
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "reproducer.py"
        program.write_text(reproducer, encoding="utf-8")
        status = run_program(old, [str(program)]).returncode
    match status:
        case 0:
            return found.noted("replayed: the falsifying example holds on OLD")
        case 1:  # OLD tried other examples and missed it
            return found.judged(Verdict.STILL_FAILING, "replayed: the falsifying example fails on OLD too")
        case _:
            return found.noted(f"not replayed on OLD: the reproducer ended with exit code {status}")
