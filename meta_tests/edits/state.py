"""Edits of how a call stores updated values, and one that repairs it."""

from meta_tests.edits.edit import Edit

_ASSIGNED = """        if hasattr(self, attr_name) and isinstance(value, dict):
          original_value = getattr(self, attr_name)
          new_values = bv._recursive_merge(original_value, value)
          setattr(self, attr_name, nnx.data(new_values))
        else:
          setattr(self, attr_name, nnx.data(value))
"""

EDITS = [
    Edit(
        "a call without mutable replaces the variables",
        "wrappers",
        "      variables = bv.nnx_attrs_to_linen_vars(nnx_attrs)\n",
        "      variables = bv.nnx_attrs_to_linen_vars(nnx_attrs)\n"
        "      vars(self).update(bv.linen_vars_to_nnx_attrs(variables))\n",
        "state.immutable_call_keeps_variables[BatchNorm]",
    ),
    Edit(
        "a call under a transform replaces the variables",
        "wrappers",
        "      variables = bv.nnx_attrs_to_linen_vars(nnx_attrs)\n",
        "      variables = bv.nnx_attrs_to_linen_vars(nnx_attrs)\n"
        "      if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(variables)):\n"
        "        vars(self).update(bv.linen_vars_to_nnx_attrs(variables))\n",
        "state.immutable_call_under[nnx.cached_partial]",
    ),
    Edit(
        "a mutable call leaves tracers in a layer that a traced function closes over",
        "wrappers",
        _ASSIGNED,
        """        if hasattr(self, attr_name) and isinstance(value, dict):
          value = bv._recursive_merge(getattr(self, attr_name), value)
        if attr_name in vars(self):
          vars(self)[attr_name] = value
        else:
          setattr(self, attr_name, nnx.data(value))
""",
        "state.mutable_call_under[jax.jit-closure]",
    ),
]

# With it every property of the chapter passes: those that fail on the newest release fail for what it repairs.
REPAIRS = [
    Edit(
        "a mutable call writes into the variables that are there",
        "wrappers",
        "      for attr_name, value in nnx_attrs.items():\n" + _ASSIGNED,
        """      def write(held, new):
        if isinstance(new, dict):
          return isinstance(held, dict) and all(
              [name in held and write(held[name], value) for name, value in new.items()]
          )
        if type(held) is not type(new):
          return False
        held.set_value(new.get_value())
        return True

      for attr_name, value in nnx_attrs.items():
        held = vars(self).get(attr_name)
        if held is not None and write(held, value):
          continue
        if isinstance(held, dict) and isinstance(value, dict):
          value = bv._recursive_merge(value, held)
        setattr(self, attr_name, nnx.data(value))
""",
        "",
    ),
]
