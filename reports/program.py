"""How this program was called: by its module in a checkout, or by the installed command."""

import sys


def program() -> str:
    """What a user types before the name of a command."""
    spec = sys.modules["__main__"].__spec__
    return "python -m reports" if spec and spec.name == "reports.__main__" else "nnx-bridge"
