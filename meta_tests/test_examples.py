"""An example is read as data: values come back as they were shown, and nothing else is read."""

import math

import pytest

from reports.plugin import examples
from reports.plugin.examples import BadExample

MAKERS: examples.Makers = {"Call": lambda **given: given, "Program": str.strip, "np.float64": tuple, "list": list}


def _read(text: str) -> dict[str, object]:
    return {name: examples.value(node, MAKERS) for name, node in examples.arguments(text).items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("seed=-3.0", {"seed": -3.0}),
        ("seed=0\nrow=(1, [2, inf])", {"seed": 0, "row": (1, [2, math.inf])}),
        ("x=[0.5] * 3", {"x": [0.5] * 3}),
        ("wrong={}, other=1j, kind=object", {"wrong": {}, "other": 1j, "kind": object}),
        ("call=Call(seed=0.0, x=np.float64([1.5, -0.0]))", {"call": {"seed": 0.0, "x": (1.5, -0.0)}}),
        ('program=Program("""\ny = x = 1\n""")', {"program": "y = x = 1"}),
    ],
)
def test_what_is_shown_is_read(text: str, expected: dict[str, object]) -> None:
    """Each form that Hypothesis shows, in lines and in one line."""
    assert _read(text) == expected
    assert _read(examples.in_one_line(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "x=__import__('os').system('true')",
        "x=open('file')",
        "x=Call.__globals__",
        "x=[i for i in range(9)]",
        "x=(lambda: 1)()",
        "x=f'{1}'",
        "x=name",
        "x=1 + 1",
        "x=Call(**{'seed': 1})",
        "1",
        "**{'x': 1}",
        "x=1) or dict(y=2",
        "x=<Call at 0x7f>",
        # It would fill the memory.
        "x=[0] * 1000000000000",
    ],
)
def test_what_is_no_data_is_refused(text: str) -> None:
    """Code in a report is never run."""
    with pytest.raises(BadExample, match=r"\S"):
        _read(text)
