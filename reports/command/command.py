"""What every command has: a parser among the others, and an exit code."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

SAFE, REGRESSION, BAD_INPUT, CANNOT_TELL = range(4)
