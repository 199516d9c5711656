"""The topics that a user chooses from."""

import difflib
from collections.abc import Iterable

from properties.support.topics import MODULES, TOPICS, WORDS
from reports.capture.uses import uses_of
from reports.errors import BadInput


def chosen(texts: Iterable[str]) -> tuple[str, ...]:
    """The topics that texts such as ``sharding,dropout`` name, in any case of letters; BadInput for another.

    A part that ends in ``.py`` is a captured file, and stands for its topics.
    """
    by_name = {**WORDS, **{topic.casefold(): topic for topic in TOPICS}}
    parts = [part for text in texts for part in text.split(",")]
    listed = [topic for part in parts for topic in (uses_of(part) if part.endswith(".py") else [part])]
    named = [" ".join(part.replace("_", " ").split()).casefold() for part in listed]
    for name in named:
        if name not in by_name:
            if name == "tonnx":
                raise BadInput(f"--uses {name}: every topic but {' and '.join(MODULES)} is about ToNNX")
            close = difflib.get_close_matches(name, by_name, 1)
            meant = f" (did you mean {by_name[close[0]]}?)" if close else ""
            raise BadInput(f"--uses {name or '(nothing)'}: no topic{meant}; choose from {', '.join(TOPICS)}")
    return tuple(dict.fromkeys(by_name[name] for name in named))
