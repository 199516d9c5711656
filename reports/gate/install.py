"""``python -m reports.gate.install …``: `uv pip install` into this environment, from what pip is configured for."""

import sys

from reports.gate.installer import install

if __name__ == "__main__":
    sys.exit(install(sys.argv[1:]))
