"""Edits of what a call takes from the attributes of a layer, and of what it stores there."""

from meta_tests.edits.edit import Edit

EDITS = [
    Edit(
        "a variable of another type is a parameter",
        "variables",
        "col_name = variablelib.variable_name_from_type(type(v))",
        "col_name = 'params' if type(v) in (variablelib.BatchStat, variablelib.Cache) else"
        " variablelib.variable_name_from_type(type(v))",
        "generated.program_agrees[variable_replaced_by_another_type]",
    ),
    Edit(
        "an array is a parameter",
        "variables",
        "raise ValueError(f'Cannot infer collection name from value: {v}')",
        "col_name = 'params'",
        "generated.program_agrees[variable_replaced_by_an_array]",
    ),
    Edit(
        "a mutable call stores what it got",
        "wrappers",
        "    if updates:\n      nnx_attrs",
        "    if updates:\n      updates = {**(variables if mutable else {}), **updates}\n      nnx_attrs",
        "generated.program_agrees[variable_replaced_by_a_param]",
    ),
]
