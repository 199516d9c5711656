"""One small edit of a file of Flax: other text in place of a span of its source."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class SmallEdit:
    """``old``, at ``start`` bytes into ``file``, becomes ``new``; ``digest`` stays while the function stays.

    ``file`` is below Flax's package. ``function`` is its qualified name, or empty for what runs at import.
    """

    file: str
    function: str
    kind: str
    line: int
    start: int
    old: str
    new: str
    digest: str

    def apply(self, source: bytes) -> bytes:
        """The source with the edit."""
        old = self.old.encode()
        end = self.start + len(old)
        assert source[self.start : end] == old, f"{self.file} has other text at byte {self.start}"
        return source[: self.start] + self.new.encode() + source[end:]

    def __str__(self) -> str:
        place = f"{self.file}:{self.line} {self.function or 'at import'}"
        return f"{place}: {self.kind}: {_short(self.old)} → {_short(self.new)}"


def digest_of(file: str, function: str, kind: str, source: str, start: int, old: str, new: str) -> str:
    """Twelve hexadecimal digits for an edit ``start`` bytes into the source of its function."""
    texts = (file, function, kind, source, str(start), old, new)
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return f"`{line}`" if len(line) <= 60 else f"`{line[:59]}…`"
