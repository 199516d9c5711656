"""The forms of the gate's answer, by the name that a user gives them."""

from collections.abc import Callable, Mapping

from reports.gate.gate import GateResult
from reports.render.gate_github import as_github
from reports.render.gate_json import as_json
from reports.render.gate_junit import as_junit
from reports.render.gate_markdown import as_markdown

FORMATS: Mapping[str, Callable[[GateResult], str]] = {
    "json": as_json,
    "markdown": as_markdown,
    "junit": as_junit,
    "github": as_github,
}
