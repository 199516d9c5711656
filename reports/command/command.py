"""What every command has: a parser among the others, and an exit code."""

import argparse
from typing import TypeAlias

# In quotes, because argparse's class takes no parameter when it runs.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

SAFE, REGRESSION, BAD_INPUT, CANNOT_TELL = range(4)
