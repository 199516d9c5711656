"""JSON for machines that a person may open, too."""

import json

import msgspec


def json_text(content: msgspec.Struct) -> str:
    """The content, indented; a character outside of ASCII, which may be invisible, is an escape."""
    return json.dumps(msgspec.to_builtins(content), indent=1) + "\n"
