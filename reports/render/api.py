"""The table of the API, and what two releases do not have alike, in the Markdown of GitHub."""

from collections.abc import Sequence

from reports.api.evidence import NameChange
from reports.api.table import NameRow
from reports.markdown import Markup, prose, table

_NAMED = 3


def as_markdown(release: str, rows: Sequence[NameRow]) -> str:
    """A row for each name, and before them how many have what."""
    used, gaps = sum(bool(row.used_by) for row in rows), sum(row.is_gap for row in rows)
    said = (
        f"Of {len(rows)} public names of Flax {release}, properties use {used} on a bridged layer or model,"
        f" {len(rows) - used - gaps} have a reason why not, and {gaps} are gaps."
    )
    cells = ([prose(f"`{row.name}`"), _said(row)] for row in rows)
    return f"{said}\n\n{table(['name', 'used by, or why not'], cells)}\n"


def changes_as_markdown(changes: Sequence[NameChange]) -> str:
    """A row for each name that is new, removed or changed."""
    if not changes:
        return "No public name and no signature differs.\n"
    cells = ([prose(f"`{one.name}`"), _shown(one.old), _shown(one.new)] for one in changes)
    return table(["name", "OLD", "NEW"], cells) + "\n"


def _said(row: NameRow) -> Markup:
    if row.is_gap:
        return Markup("**gap**")
    named = ", ".join(f"`{one}`" for one in row.used_by[:_NAMED])
    more = len(row.used_by) - _NAMED
    return prose(f"{named} and {more} more" if more > 0 else named or row.reason)


def _shown(said: str | None) -> Markup:
    return prose(f"`{said}`" if said else "")
