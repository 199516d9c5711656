"""Whether all that a program compares is plain arrays, so that the shorter helpers are enough."""

import re

# What brings boxes, keys, containers or objects into variables and outputs, as the sentence of a feature or code says.
_OTHER = re.compile(
    r"box|partition|meta|freeze|frozen|tuple|\bdict|dictionar|dataclass|\blist|None|nothing|object|register|"
    r"perturb|make_rng|mesh|\bdel ",
    re.IGNORECASE,
)
# What the helpers say of arrays that differ in nothing but the sign of a zero, and of leaves that are no arrays.
_SAID = re.compile(r"is -?0\.0, expected -?0\.0|: an? \w+, expected an? |\['(type|closure)'\]")


def is_plain(text: str, message: str) -> bool:
    """Whether nothing in the code, or in what it says when it fails, asks for more than the comparison of arrays."""
    return not (_OTHER.search(text) or _SAID.search(message))
