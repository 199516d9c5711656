"""Edits that the tools of NNX show, on layers and on models that hold them."""

from meta_tests.edits.edit import Edit

_ATTRIBUTES = "    self.to_nnx__module = module\n\n    self.to_nnx__rngs: Rngs | None\n"
_MISSING = """    if hasattr(super(), name):
      return super().__getattribute__(name)
    maybe_method = getattr(type(self"""
_VARIABLES = "      variables = bv.nnx_attrs_to_linen_vars(nnx_attrs)\n"
_UPDATED = "    nnx.update(module, new_state)\n\n    method_fn"

EDITS = [
    Edit(
        "a layer holds another module, which a walk finds",
        "wrappers",
        _ATTRIBUTES,
        f"{_ATTRIBUTES}    self.to_nnx__inner = Module()\n",
        "generated.program_agrees[iter_modules]",
    ),
    Edit(
        "a layer has a mode, which train and eval set",
        "wrappers",
        _MISSING,
        "    if name in ('deterministic', 'use_running_average'):\n      return False\n" + _MISSING,
        "generated.program_agrees[train_and_eval]",
    ),
    Edit(
        "a layer has a view, which changes nothing",
        "wrappers",
        "  def lazy_init(self, *args, **kwargs):",
        "  def set_view(self, **kwargs):\n    pass\n\n  def lazy_init(self, *args, **kwargs):",
        "generated.program_agrees[view_info]",
    ),
    Edit(
        "a container with arrays stays static",
        "wrappers",
        "    if not nnx.is_data(value) and nnx.has_data(value):\n      value = nnx.data(value)\n",
        "",
        "generated.program_agrees[has_data]",
    ),
    Edit(
        "every parameter has a new type, of which Linen knows the last",
        "variables",
        "  return vtype(x)",
        "  if vtype is variablelib.Param:\n    vtype = type('Param', (vtype,), {})\n"
        "    variablelib.VariableTypeCache['params'] = vtype\n"
        "  return vtype(x)",
        "generated.program_agrees[filter_state]",
    ),
    Edit(
        "a layer under a path is trained half as fast",
        "wrappers",
        _VARIABLES,
        f"{_VARIABLES}"
        "      half = lambda leaf: (leaf + jax.lax.stop_gradient(leaf)) / 2\n"
        "      variables = {**variables, 'params': jax.tree.map(half, variables['params'])}"
        " if 'params' in variables else variables\n",
        "generated.program_agrees[gradients_by_path]",
    ),
    Edit(
        "a second name of a layer has its own variables",
        "wrappers",
        _VARIABLES,
        f"{_VARIABLES}      vars(self).update(bv.linen_vars_to_nnx_attrs(variables))\n",
        "generated.program_agrees[shared_variable]",
    ),
    Edit(
        "the rngs of a layer have no tags",
        "wrappers",
        "      self.to_nnx__rngs = rngs.fork()\n",
        "      self.to_nnx__rngs = rngs.fork()\n"
        "      for _, one in graphlib.iter_graph(self.to_nnx__rngs, graph=True):\n"
        "        if isinstance(one, variablelib.Variable):\n"
        "          one.set_metadata(tag='layer')\n",
        "generated.program_agrees[with_tag]",
    ),
    Edit(
        "ToLinen calls a module in training mode",
        "wrappers",
        _UPDATED,
        _UPDATED.replace("\n\n", "\n    module.train()\n\n"),
        "to_linen.program_agrees[eval_in_the_constructor]",
    ),
    Edit(
        "ToLinen takes the type from parameters",
        "wrappers",
        _UPDATED,
        _UPDATED.replace(
            "\n\n",
            "\n    for _, inner in nnx.iter_modules(module):\n"
            "      for name, value in list(vars(inner).items()):\n"
            "        if type(value) is nnx.Param:\n"
            "          setattr(inner, name, nnx.Variable(value.get_value()))\n\n",
        ),
        "to_linen.program_agrees[norm_of_the_parameters]",
    ),
    Edit(
        "ToLinen keeps no perturbation",
        "wrappers",
        "    state = nnx.state(module, nnx.Not(nnx.RngState))\n",
        "    state = nnx.state(module, nnx.Not(nnx.Any(nnx.RngState, nnx.Perturbation)))\n",
        "to_linen.program_agrees[perturb]",
    ),
    Edit(
        "ToLinen keeps no variable of a list",
        "wrappers",
        "      type_ = type(leaf)\n",
        "      if any(isinstance(key, int) for key in path):\n        continue\n      type_ = type(leaf)\n",
        "to_linen.program_agrees[dataclass_attribute]",
    ),
    Edit(
        "ToLinen keeps no variable below the attribute held",
        "wrappers",
        "      type_ = type(leaf)\n",
        "      if path[0].startswith('held'):\n        continue\n      type_ = type(leaf)\n",
        "to_linen.program_agrees[pytree_attribute]",
    ),
]
