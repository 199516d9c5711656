"""Edits of the metadata of variables, as meshes, lifted transforms and tools use it."""

from meta_tests.edits.edit import Edit

EDITS = [
    Edit(
        "axis names arrive in reverse",
        "variables",
        "      x_metadata = x.to_nnx_metadata()\n",
        "      x_metadata = x.to_nnx_metadata()\n"
        "      x_metadata['out_sharding'] = tuple(reversed(x_metadata['out_sharding']))\n",
        "generated.program_agrees[eager_sharding]",
    ),
    Edit(
        "nothing is placed on the mesh",
        "variables",
        "return vtype(**x_metadata, linen_meta_type=type(x))",
        "return vtype(**x_metadata, eager_sharding=False, linen_meta_type=type(x))",
        "generated.program_agrees[eager_sharding_switched_off]",
    ),
    Edit(
        "Linen sees the axis names of one axis only",
        "variables",
        "      return linen_type.from_nnx_metadata({'value': vs.get_value(), **metadata})\n",
        "      box = linen_type.from_nnx_metadata({'value': vs.get_value(), **metadata})\n"
        "      return box.replace(names=box.names[-1:])\n",
        "generated.program_agrees[boxes_that_linen_sees]",
    ),
    Edit(
        "the mesh of a box is forgotten",
        "variables",
        "    assert hasattr(x, 'value')\n",
        "    x_metadata = {**x_metadata, 'mesh': None}\n",
        "generated.program_agrees[get_named_sharding]",
    ),
    Edit(
        "boxes are called vanilla",
        "variables",
        "    if key.endswith('_hooks') and value == ():\n",
        "    if key != 'note':\n",
        "generated.program_agrees[to_nnx_var]",
    ),
    Edit(
        "attributes are named after the last collection",
        "variables",
        "      flat_paths[path] = variable\n",
        "      flat_paths[path] = type(variable)(variable.get_value())\n",
        "generated.program_agrees[linen_vars_to_nnx_attrs]",
    ),
    Edit(
        "a submodule's variables lose their paths",
        "variables",
        "linen_structured[(col_name, *kp)] = v",
        "linen_structured[(col_name, *kp[-1:])] = v",
        "generated.program_agrees[nnx_attrs_to_linen_vars]",
    ),
    Edit(
        "updated boxes lose an axis name",
        "wrappers",
        "      nnx_attrs = bv.linen_vars_to_nnx_attrs(updates)\n",
        "      nnx_attrs = bv.linen_vars_to_nnx_attrs(meta.unbox(updates))\n",
        "generated.program_agrees[axis_name_of_nnx_scan]",
    ),
    Edit(
        "updated boxes lose the name of the lifted axis",
        "wrappers",
        "    if updates:\n      nnx_attrs",
        "    if updates:\n"
        "      updates = meta.map_axis_meta(lambda x: x.replace(names=x.names[-1:]), updates)\n"
        "      nnx_attrs",
        "generated.program_agrees[axis_name_of_lifted_scan]",
    ),
    Edit(
        "axis metadata without a box is dropped",
        "variables",
        "      variables,\n      is_leaf=lambda x: not isinstance(x, dict),\n",
        "      {name: tree for name, tree in variables.items() if not name.endswith('_axes')},\n"
        "      is_leaf=lambda x: not isinstance(x, dict),\n",
        "generated.program_agrees[vmap_with_axes]",
    ),
    Edit(
        "Linen is called without the axis rules of the context",
        "wrappers",
        "      out = self.to_nnx__module.apply(\n"
        "        variables, *args, rngs=_rngs, method=method, mutable=mutable, **kwargs\n"
        "      )\n",
        "      with linen.logical_axis_rules(()):\n"
        "        out = self.to_nnx__module.apply(\n"
        "          variables, *args, rngs=_rngs, method=method, mutable=mutable, **kwargs\n"
        "        )\n",
        "generated.program_agrees[logical_axis_rules]",
    ),
    Edit(
        "a reference is read as it was at first",
        "variables",
        "      v = to_linen_var(v.to_state())\n",
        "      v = to_linen_var(v.copy(ref=False)) if not v.ref else to_linen_var(type(v)(0 * v.get_value()))\n",
        "generated.program_agrees[with_vars]",
    ),
    Edit(
        "metadata of a variable without axis names does not reach Linen",
        "variables",
        "  return NNXMeta(type(vs), vs.get_value(), metadata)\n",
        "  return vs.get_value()\n",
        "generated.program_agrees[set_metadata]",
    ),
    Edit(
        "a box of NNX gives Linen a spec of no axis",
        "variables",
        "    assert isinstance(spec, jax.sharding.PartitionSpec)\n    return spec\n",
        "    return jax.sharding.PartitionSpec()\n",
        "to_linen.program_agrees[donated_step_by_get_sharding]",
    ),
    Edit(
        "with_partitioning keeps the first name only",
        "variables",
        "      fn, names, mesh, linen_meta_type=meta.Partitioned\n",
        "      fn, (*names[:-1], None), mesh, linen_meta_type=meta.Partitioned\n",
        "to_linen.program_agrees[axis_name_of_lifted_linen_box]",
    ),
    Edit(
        "a box of NNX gives back a variable without metadata",
        "variables",
        "    return self.var_type(self.value, **self.metadata)\n",
        "    return self.var_type(self.value, note=self.metadata.get('note'))\n",
        "to_linen.program_agrees[with_metadata]",
    ),
]
