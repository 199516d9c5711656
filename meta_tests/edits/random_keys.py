"""Edits of how keys get to Linen, of the context of ``bridge.Module``, and of copies that train on."""

from meta_tests.edits.edit import Edit

EDITS = [
    Edit(
        "keys at the call are ignored",
        "wrappers",
        "    if rngs is None:\n      rngs = self.to_nnx__rngs\n",
        "    rngs = self.to_nnx__rngs or rngs\n",
        "generated.program_agrees[rngs_at_each_place]",
    ),
    Edit(
        "the default stream is passed next to params",
        "wrappers",
        "_rngs['params'] = _rngs.pop('default')",
        "_rngs['params'] = _rngs['default']",
        "generated.program_agrees[default_stream_or_key_at_each_place]",
    ),
    Edit(
        "a layer without keys has some",
        "wrappers",
        "    else:\n      _rngs = {}\n",
        "    else:\n      _rngs = {'params': jax.random.key(0)}\n",
        "generated.program_agrees[without_keys_raises]",
    ),
    Edit(
        "a key at the call is folded",
        "wrappers",
        "_rngs = {'params': rngs}",
        "_rngs = {'params': jax.random.fold_in(rngs, 0)}",
        "generated.program_agrees[closed_over_by_control_flow_with_a_key]",
    ),
    Edit(
        "keys of an nnx.Rngs at the call are not counted",
        "wrappers",
        "_rngs = {name: stream() for name, stream in rngs.items()}",
        "_rngs = {name: stream.key[...] for name, stream in rngs.items()}",
        "generated.program_agrees[closed_over_by_control_flow_with_an_rngs]",
    ),
    *(
        Edit(
            f"a layer draws keys of a copy of its streams, for {name}",
            "wrappers",
            "    if isinstance(rngs, nnx.Rngs):\n      _rngs",
            "    if isinstance(rngs, nnx.Rngs):\n      rngs = nnx.clone(rngs)\n      _rngs",
            f"generated.program_agrees[{name}]",
        )
        for name in (
            "nnx_reseed",
            "rng_key_and_rng_count",
            "tags_of_streams",
            "split_rngs",
            "split_rngs_decorator",
            "fork_rngs",
            "with_rngs",
            "nnx_call",
            "nnx_checkify",
        )
    ),
    Edit(
        "each call draws twice",
        "wrappers",
        "    if isinstance(rngs, nnx.Rngs):\n      _rngs",
        "    if isinstance(rngs, nnx.Rngs):\n      _ = [stream() for _, stream in rngs.items()]\n      _rngs",
        "generated.program_agrees[nnx_make_jaxpr]",
    ),
    Edit(
        "keys depend on a count that is not in the state",
        "wrappers",
        "      _rngs = {name: stream() for name, stream in rngs.items()}",
        "      self.to_nnx__calls = vars(self).get('to_nnx__calls', 0) + 1\n"
        "      _rngs = {name: jax.random.fold_in(stream(), self.to_nnx__calls) for name, stream in rngs.items()}",
        "generated.program_agrees[training_of_an_updated_model]",
    ),
    Edit(
        "Linen gets the parameters of an NNX module alone",
        "wrappers",
        "state = nnx.state(module, nnx.Not(nnx.RngState))",
        "state = nnx.state(module, nnx.Param)",
        "to_linen.program_agrees[attention_with_a_cache]",
    ),
    Edit(
        "bridge.Module is always initializing",
        "module",
        "value._pytree__state._initializing = _initialize",
        "value._pytree__state._initializing = True",
        "to_linen.program_agrees[is_initializing_in_a_bridge_module]",
    ),
    Edit(
        "bridge.Module shows the variables of the root alone",
        "module",
        "_variables = FrozenDict(self._get_variables())",
        "_variables = FrozenDict(MODULE_CONTEXT.module_stack[1].module._get_variables())",
        "to_linen.program_agrees[variables_of_a_bridge_module]",
    ),
    Edit(
        "the outermost bridge.Module is the current one",
        "module",
        "  return ctx.module\n",
        "  return MODULE_CONTEXT.module_stack[1].module\n",
        "to_linen.program_agrees[current_module]",
    ),
    Edit(
        "functions called by a bridge.Module add to the outermost one",
        "module",
        "  return ctx.module\n",
        "  return MODULE_CONTEXT.module_stack[1].module\n",
        "to_linen.program_agrees[parameter_of_the_current_module]",
    ),
    Edit(
        "a compact call of a bridge.Module stays on the stack",
        "module",
        "    finally:\n      MODULE_CONTEXT.module_stack.pop()\n\n  return compact_wrapper",
        "    finally:\n      pass\n\n  return compact_wrapper",
        "to_linen.program_agrees[current_context]",
    ),
    Edit(
        "attributes of a bridge.Module have no priorities",
        "module",
        "key=lambda k: (_get_priority(k, self.attr_priorities), k)",
        "key=lambda k: k",
        "to_linen.program_agrees[attr_priority]",
    ),
]
