"""Sentences of a finding, each with the releases that it speaks of."""

import re
from functools import cache

import msgspec
from packaging.version import VERSION_PATTERN, Version

_IS_VERSION = re.compile(VERSION_PATTERN, re.VERBOSE | re.IGNORECASE)


class Span(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Releases from a first to a last one; without them all before, all after, or all."""

    first: str | None = None
    last: str | None = None

    def covers(self, release: str) -> bool:
        """Whether a release is one of them; of what is no version nothing is known."""
        first, found, last = map(_version, (self.first or release, release, self.last or release))
        return first is not None and found is not None and last is not None and first <= found <= last


@cache
def _version(release: str) -> Version | None:
    return Version(release) if _IS_VERSION.fullmatch(release) else None


class Sentence(Span, frozen=True, kw_only=True):
    """One or more sentences that are true of these releases."""

    text: str

    @property
    def whole(self) -> str:
        """With the releases in front: ``Since 0.12.0: It raises.``"""
        return f"{self._releases}{self.text}"

    @property
    def _releases(self) -> str:
        if self.first and self.last:
            return f"On {self.first}: " if self.first == self.last else f"On {self.first} to {self.last}: "
        return f"Since {self.first}: " if self.first else f"Up to {self.last}: " if self.last else ""


class AdviceStep(Sentence, frozen=True, kw_only=True):
    """What a user does, or from which release on that is not needed; only the latter without a text."""

    text: str = ""
    upgrade: str | None = None
    # For whom, or in which case, the release is enough.
    note: str = ""

    @property
    def whole(self) -> str:
        """With the releases in front and the upgrade behind: ``Up to 0.11.2: Use this, or upgrade to 0.12.0.``"""
        return f"{self._releases}{self.or_else(f'upgrade to {self.upgrade}')}" if self.upgrade else super().whole

    def or_else(self, other: str) -> str:
        """The step, or something else instead, in one sentence."""
        said = " ".join(filter(None, [other, self.note]))
        return f"{self.text.removesuffix('.')}, or {said}." if self.text else f"{said[0].upper()}{said[1:]}."
