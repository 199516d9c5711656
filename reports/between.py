"""The releases on the way from OLD to NEW."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from properties.findings import version
from reports import releases


@dataclass(frozen=True)
class Between:
    """The releases after OLD up to NEW, or after NEW up to OLD where one goes back."""

    old: str
    new: str

    @cached_property
    def releases(self) -> tuple[str, ...]:
        """The oldest first."""
        return tuple(releases.between(self.old, self.new))

    @cached_property
    def back(self) -> bool:
        """Whether NEW is the older one."""
        return version(self.new) < version(self.old)

    @property
    def from_new(self) -> tuple[str, ...]:
        """The releases from NEW on the way to OLD, which is the last where one goes back."""
        return (self.new, *self.releases) if self.back else self.releases[::-1]

    def __iter__(self) -> Iterator[str]:
        return iter(self.releases)
