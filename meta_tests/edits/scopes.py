"""Edits of what a call binds, of the variables and methods that it takes, and of what it warns about."""

from meta_tests.edits.edit import Edit

EDITS = [
    Edit(
        "a module in a field of a bridge.Module is set up first",
        "module",
        "in reversed(list(graphlib.iter_graph(module, graph=True))):",
        "in (list(graphlib.iter_graph(module, graph=True))):",
        "to_linen.program_agrees[setup_of_a_module_in_a_field]",
    ),
    Edit(
        "the submodules of a bridge.Module are listed in tree mode",
        "module",
        "reversed(list(graphlib.iter_graph(module, graph=True)))",
        "reversed(list(graphlib.iter_graph(module)))",
        "to_linen.program_agrees[bridge_module_in_tree_mode]",
    ),
    Edit(
        "bridge.Module is cloned in tree mode",
        "module",
        "graphlib.clone(self, graph=True)",
        "graphlib.clone(self)",
        "to_linen.program_agrees[bridge_module_in_tree_mode]",
    ),
    Edit(
        "the variables of a bridge.Module are read in tree mode",
        "module",
        "graphlib.state(self, graph=True)",
        "graphlib.state(self)",
        "to_linen.program_agrees[bridge_module_in_tree_mode]",
    ),
    Edit(
        "an unbound bridge.Module takes a submodule",
        "module",
        "  if parent is not None:\n    assert parent.scope is not None\n",
        "  if parent is not None:\n    assert True\n",
        "to_linen.program_agrees[call_of_an_unbound_bridge_module_raises]",
    ),
    Edit(
        "an unbound bridge.Module draws keys",
        "module",
        'raise ValueError("Can\'t use RNGs on unbound modules")',
        "return jax.random.key(0)",
        "to_linen.program_agrees[call_of_an_unbound_bridge_module_raises]",
    ),
    Edit(
        "bridge.Module converts the variables of the caller in place",
        "module",
        "dict(variables)\n",
        "(variables)\n",
        "to_linen.program_agrees[variables_of_the_caller]",
    ),
    Edit(
        "a method of bridge.Module needs an argument",
        "module",
        "len(inspect.signature(method_or_fn).parameters) < 1",
        "len(inspect.signature(method_or_fn).parameters) < 2",
        "to_linen.program_agrees[method_of_a_bridge_module_without_arguments]",
    ),
    Edit(
        "a bound method of bridge.Module gets the module twice",
        "module",
        "    method_or_fn = method_or_fn.__func__  # pytype: disable=attribute-error\n",
        "    pass\n",
        "to_linen.program_agrees[method_of_a_bridge_module_without_arguments]",
    ),
    Edit(
        "a method of bridge.Module may take nothing",
        "module",
        "    raise errors.ApplyModuleInvalidMethodError(method_or_fn)",
        "    pass",
        "to_linen.program_agrees[wrong_method_of_a_bridge_module_raises]",
    ),
    Edit(
        "ToLinen keeps the FrozenDict of an immutable collection",
        "wrappers",
        "core.unfreeze(self.variables)",
        "(self.variables)",
        "to_linen.program_agrees[copy_of_a_dict_in_a_variable]",
    ),
    Edit(
        "ToLinen warns without a reason",
        "wrappers",
        "    if unknown_state_flat:\n",
        "    if True:\n",
        "to_linen.program_agrees[paths_of_unknown_variables]",
    ),
    Edit(
        "ToLinen warns about every variable",
        "wrappers",
        " if path not in current_state_flat}",
        "}",
        "to_linen.program_agrees[paths_of_unknown_variables]",
    ),
]
