"""``python -m reports.upgrade.install …``: `uv pip install` into this environment, from what pip is configured for."""

import sys

from reports.upgrade.installer import install

if __name__ == "__main__":
    sys.exit(install(sys.argv[1:]))
