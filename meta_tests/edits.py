"""Small edits of the bridge's source, each a mistake that could be made, and the property that rejects it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """A text that stands once in a module of ``flax.nnx.bridge``, and another in its place."""

    name: str
    module: str
    old: str
    new: str
    rejected_by: str


EDITS = [
    Edit(
        "a layer stays in initialisation",
        "wrappers",
        "  finally:\n    _set_initializing(module, False)",
        "  finally:\n    pass",
        "",
    ),
    Edit(
        "an init that raises leaves the layer in initialisation",
        "wrappers",
        "  try:\n    _ = fn(*args, **kwargs)\n  finally:\n    _set_initializing(module, False)",
        "  _ = fn(*args, **kwargs)\n  _set_initializing(module, False)",
        "",
    ),
    Edit("the caller's Rngs is shared", "wrappers", "self.to_nnx__rngs = rngs.fork()", "self.to_nnx__rngs = rngs", ""),
    Edit("a key at construction is forgotten", "wrappers", "Rngs(params=rngs)", "Rngs(params=0)", ""),
    Edit("a key at a call is forgotten", "wrappers", "_rngs = {'params': rngs}", "_rngs = {}", ""),
    Edit(
        "init ignores the method",
        "wrappers",
        "init_with_output(_rngs, *args, method=method, **kwargs)",
        "init_with_output(_rngs, *args, **kwargs)",
        "",
    ),
    Edit(
        "init ignores keyword arguments",
        "wrappers",
        "init_with_output(_rngs, *args, method=method, **kwargs)",
        "init_with_output(_rngs, *args, method=method)",
        "",
    ),
    Edit(
        "an empty list of mutable collections counts as none given",
        "wrappers",
        "      if mutable is not None:\n        pass",
        "      if mutable or mutable is False:\n        pass",
        "",
    ),
    Edit(
        "changes of a call are lost",
        "wrappers",
        "    if updates:\n",
        "    if updates and self._pytree__state.initializing:\n",
        "",
    ),
    Edit(
        "what a submodule keeps is overwritten",
        "wrappers",
        "new_values = bv._recursive_merge(original_value, value)",
        "new_values = value",
        "",
    ),
    Edit(
        "a call ignores the method",
        "wrappers",
        "variables, *args, rngs=_rngs, method=method, mutable=mutable, **kwargs",
        "variables, *args, rngs=_rngs, mutable=mutable, **kwargs",
        "",
    ),
    Edit(
        "a call ignores keyword arguments",
        "wrappers",
        "variables, *args, rngs=_rngs, method=method, mutable=mutable, **kwargs",
        "variables, *args, rngs=_rngs, method=method, mutable=mutable",
        "",
    ),
    Edit(
        "a call hands no keys over",
        "wrappers",
        "variables, *args, rngs=_rngs, method=method, mutable=mutable, **kwargs",
        "variables, *args, method=method, mutable=mutable, **kwargs",
        "",
    ),
    Edit(
        "the Rngs of a call is ignored",
        "wrappers",
        "    if rngs is None:\n      rngs = self.to_nnx__rngs",
        "    if self.to_nnx__rngs is not None:\n      rngs = self.to_nnx__rngs",
        "",
    ),
    Edit(
        "a method that is an attribute is not of the layer",
        "wrappers",
        "      method = partial(self.__call__, method=maybe_method)\n      method.__self__ = self",
        "      method = partial(self.__call__, method=maybe_method)",
        "",
    ),
    Edit(
        "the streams of a call are handed over under other names",
        "wrappers",
        "{name: stream() for name, stream in rngs.items()}",
        "{'params': stream() for name, stream in rngs.items()}",
        "",
    ),
    Edit(
        "one key serves every stream",
        "wrappers",
        "{name: stream() for name, stream in rngs.items()}",
        "dict.fromkeys([name for name, _ in rngs.items()], next(iter(rngs.values()))())",
        "",
    ),
    Edit(
        "keys are not counted",
        "wrappers",
        "{name: stream() for name, stream in rngs.items()}",
        "{name: stream.key[...] for name, stream in rngs.items()}",
        "",
    ),
    Edit(
        "an NNX module keeps the weights of its constructor",
        "wrappers",
        "    nnx.update(module, new_state)\n",
        "",
        "",
    ),
    Edit(
        "what an NNX module changes is not written back",
        "wrappers",
        "    out = method_fn(module, *args, **kwargs)\n    self._update_variables(module)\n",
        "    out = method_fn(module, *args, **kwargs)\n",
        "",
    ),
    Edit(
        "init writes what a call changed",
        "wrappers",
        "      out = method_fn(module, *args, **kwargs)\n      return out\n",
        "      out = method_fn(module, *args, **kwargs)\n      self._update_variables(module)\n      return out\n",
        "",
    ),
    Edit(
        "an NNX module needs a key at every call",
        "wrappers",
        "maybe_add_default = not self.is_initializing()",
        "maybe_add_default = False",
        "",
    ),
    Edit(
        "to_linen forgets skip_rng",
        "wrappers",
        "      skip_rng=skip_rng,\n      name=name,",
        "      name=name,",
        "",
    ),
    Edit(
        "to_linen forgets the name",
        "wrappers",
        "      skip_rng=skip_rng,\n      name=name,",
        "      skip_rng=skip_rng,",
        "",
    ),
    Edit(
        "to_linen forgets metadata_fn",
        "wrappers",
        "      metadata_fn=metadata_fn,\n      skip_rng=skip_rng,\n      name",
        "      skip_rng=skip_rng,\n      name",
        "",
    ),
    Edit(
        "the arguments of the class outweigh those of the instance",
        "wrappers",
        "{**partial_kwargs, **(kwargs or {}), **other_kwargs}",
        "{**(kwargs or {}), **other_kwargs, **partial_kwargs}",
        "",
    ),
    Edit(
        "a method of an NNX module calls the module",
        "wrappers",
        "partial(self.__call__, nnx_method=maybe_method)",
        "partial(self.__call__)",
        "",
    ),
    Edit(
        "random streams lie among the variables",
        "wrappers",
        "nnx.state(module, nnx.Not(nnx.RngState))",
        "nnx.state(module)",
        "",
    ),
    Edit(
        "a box loses its metadata",
        "variables",
        "linen_type.from_nnx_metadata({'value': vs.get_value(), **metadata})",
        "linen_type.from_nnx_metadata({**dict.fromkeys(metadata), 'value': vs.get_value()})",
        "",
    ),
    Edit(
        "boxes are forgotten",
        "variables",
        "    return vtype(**x_metadata, linen_meta_type=type(x))",
        "    return vtype(x.value)",
        "",
    ),
    Edit(
        "every variable is boxed on its way to Linen",
        "variables",
        "  if is_vanilla_variable(vs):\n    return vs.get_value()\n",
        "",
        "",
    ),
    Edit(
        "every collection is of parameters",
        "variables",
        "  vtype = variablelib.variable_type_from_name(col, allow_register=True)",
        "  vtype = variablelib.Param",
        "",
    ),
    Edit(
        "of two variables of one name the first is dropped",
        "variables",
        "      if path in flat_paths:",
        "      if path in flat_paths and not flat_paths:",
        "",
    ),
    Edit(
        "changes are merged under what was there",
        "variables",
        "  flat_map = traversals.flatten_mapping(dict1)\n  flat_map |= traversals.flatten_mapping(dict2)",
        "  flat_map = traversals.flatten_mapping(dict2)\n  flat_map |= traversals.flatten_mapping(dict1)",
        "",
    ),
    Edit(
        "a tuple is taken apart",
        "variables",
        "      variables,\n      is_leaf=lambda x: not isinstance(x, dict),",
        "      variables,\n      is_leaf=lambda x: isinstance(x, meta.AxisMetadata),",
        "",
    ),
    Edit(
        "two submodules of one class have one name",
        "module",
        "parent_ctx.type_counter[cls] += 1",
        "parent_ctx.type_counter[cls] += 0",
        "",
    ),
    Edit(
        "bridge.Module shows random streams among the variables",
        "module",
        "      if isinstance(variable, rnglib.RngState):",
        "      if isinstance(variable, rnglib.RngState) and not path:",
        "",
    ),
    Edit(
        "bridge.Module sets up at every call",
        "module",
        "module._pytree__state._is_setup = True",
        "module._pytree__state._is_setup = False",
        "",
    ),
    Edit(
        "bridge.Module takes every key from one stream",
        "module",
        "return self.scope.rngs[name]()",
        "return self.scope.rngs['params']()",
        "",
    ),
]
