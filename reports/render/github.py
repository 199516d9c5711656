"""What a GitHub workflow takes from what a step prints."""

from reports.sanitize import visible


def escaped(text: str) -> str:
    """The message of an annotation: text, and no command."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """The value of a property of an annotation, such as its title or file."""
    return escaped(text).replace(",", "%2C").replace(":", "%3A")
