"""A digest of whatever can change the inputs that the properties try."""

import hashlib

from reports.places import PROPERTIES


def suite_digest() -> str:
    """Sixteen hexadecimal digits, of every source file of the properties."""
    digest = hashlib.sha256()
    for path in sorted(PROPERTIES.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
