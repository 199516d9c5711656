"""The cases of a finding in the words of a user: which are new, or still fail."""

from collections.abc import Iterable

from properties.findings import matches
from reports.compare import Comparison

# By a pattern of the ids of properties, the gravest words first.
_WORDS = {
    "subjects.filters[*]": "every variable in a submodule",
    "state.copy_with_attributes_sees_mutable_calls[*]": "also with `nnx.with_attributes`",
    "state.mutable_calls_of_a_view[*]": "also with `nnx.view`",
    "state.view_sees_mutable_calls[*]": "also with `nnx.view`",
    "generated.program_agrees[logically_partitioned_kept_by_the_user]": "an `nn.LogicallyPartitioned` box",
    "generated.program_agrees[method_after_capture_intermediates]": "methods after `capture_intermediates=True`",
    "generated.program_agrees[closed_over_by_grad]": "also under `jax.grad`, `nnx.grad` and `jax.vmap`",
    "generated.program_agrees[value_empty_dict]": "a variable that holds `{}`",
    "to_linen.program_agrees[list_of_plain_arrays]": "a list of arrays",
    "to_linen.program_agrees[numpy_variables_after_in_place_addition]": "modules that update a variable by `+=`",
    "to_linen.program_agrees[numpy_variables_are_unchanged]": "also modules with an `nnx.BatchNorm`",
}
_MODES = ("graph=False", "graph_updates=False")


def names_of(cases: Iterable[Comparison]) -> list[str]:
    """What the cases are called, each once."""
    return [*dict.fromkeys(map(_name, cases))]


def _name(one: Comparison) -> str:
    said = next((words for pattern, words in _WORDS.items() if matches(pattern, one.id)), None)
    parameter = one.id.partition("[")[2].removesuffix("]")
    if said is None and parameter.startswith("nnx."):
        return _of_transform(parameter)
    return said or (one.feature or one.statement).rstrip(".")


def _of_transform(parameter: str) -> str:
    """``nnx.scan-graph=False`` as ``under `nnx.scan` with `graph=False```."""
    name, *options = parameter.split("-")
    given = [f"`{one}`" for one in options if one in _MODES or one[:1].isupper()]
    return f"under `{name}`" + (f" with {' and '.join(given)}" if given else "")
