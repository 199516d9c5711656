"""The topics that a user chooses from."""

import difflib

from properties.findings import TOPICS
from reports.errors import BadInput


def chosen(text: str) -> tuple[str, ...]:
    """The topics that ``sharding,checkpoints`` names, in any case of letters; BadInput where one is none."""
    by_name = {topic.casefold(): topic for topic in TOPICS}
    names = [" ".join(part.replace("_", " ").split()).casefold() for part in text.split(",") if part.strip()]
    for name in names:
        if name not in by_name:
            close = difflib.get_close_matches(name, by_name, 1)
            meant = f" (did you mean {by_name[close[0]]}?)" if close else ""
            raise BadInput(f"--uses {name}: no topic{meant}; choose from {', '.join(TOPICS)}")
    return tuple(dict.fromkeys(by_name[name] for name in names))
