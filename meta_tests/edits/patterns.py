"""Edits that break the programs in ``meta_tests/patterns``, each of which the suite rejects without them."""

from meta_tests.edits.edit import Edit

_TO_LINEN_VAR = "      v = to_linen_var(v.to_state())\n"
_RNGS_OF_A_CALL = "    if rngs is None:\n      rngs = self.to_nnx__rngs\n"
_OUTPUT = "    return out\n\n\ndef linen_rngs_dict"
_KEYS = "{name: stream() for name, stream in rngs.items()}"

# The name of a program -> what breaks it.
BREAKS = {
    "initialised_by_a_method_named_init": Edit(
        "a method that a string names is ignored at init",
        "wrappers",
        "init_with_output(_rngs, *args, method=method, **kwargs)",
        "init_with_output(_rngs, *args, method=method if callable(method) else None, **kwargs)",
        "generated.program_agrees[lazy_init_by_method_with_other_submodule]",
    ),
    "state_of_a_layer_without_an_rngs": Edit(
        "a variable has at most three axes",
        "variables",
        "  return vtype(x)\n",
        "  return vtype(x.reshape(-1, *x.shape[-2:]) if getattr(x, 'ndim', 0) > 3 else x)\n",
        "subjects.init[Conv]",
    ),
    "frozen_by_path": Edit(
        "a parameter of one axis has no gradient",
        "variables",
        _TO_LINEN_VAR,
        _TO_LINEN_VAR + "      v = jax.lax.stop_gradient(v) if getattr(v, 'ndim', 0) == 1 else v\n",
        "subjects.gradients[Dense]",
    ),
    "frozen_parameters_in_bfloat16": Edit(
        "a layer refuses variables in bfloat16",
        "variables",
        _TO_LINEN_VAR,
        _TO_LINEN_VAR + "      if getattr(v, 'dtype', None) == 'bfloat16': raise TypeError('bfloat16')\n",
        "subjects.call[Bfloat16]",
    ),
    "pretrained_weights_of_a_part": Edit(
        "what is more than one submodule deep does not reach Linen",
        "variables",
        "    linen_structured[(col_name, *kp)] = v\n",
        "    if len(kp) < 3: linen_structured[(col_name, *kp)] = v\n",
        "subjects.call[TransformerBlock]",
    ),
    "cache_of_keys_in_a_while_loop": Edit(
        "a call that changes nothing sets the variables again",
        "wrappers",
        "      else:\n        updates = None\n",
        "      else:\n        updates = variables\n",
        "subjects.closures[Dense]",
    ),
    "method_jitted_with_its_state": Edit(
        "a traced call changes nothing",
        "wrappers",
        "    if updates:\n      nnx_attrs",
        "    traced = any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(updates))\n"
        "    if updates and (self._pytree__state.initializing or not traced):\n      nnx_attrs",
        "generated.program_agrees[nnx_jit_of_a_mutable_call]",
    ),
    "keywords_choose_what_a_layer_does": Edit(
        "a keyword that is a flag is left out",
        "wrappers",
        "mutable=mutable, **kwargs\n",
        "mutable=mutable, **{name: value for name, value in kwargs.items() if type(value) is not bool}\n",
        "subjects.call[BatchNorm]",
    ),
    "blocks_scanned_and_recomputed": Edit(
        "a parameter of three axes has no gradient",
        "variables",
        _TO_LINEN_VAR,
        _TO_LINEN_VAR + "      v = jax.lax.stop_gradient(v) if getattr(v, 'ndim', 0) == 3 else v\n",
        "subjects.gradients[Scanned]",
    ),
    "adapters_of_rank_one": Edit(
        "a variable loses its axes of size one",
        "variables",
        "  return vtype(x)\n",
        "  return vtype(x.squeeze() if getattr(x, 'ndim', 0) > 1 else x)\n",
        "affine.parameters_have_the_shapes_of_the_call",
    ),
    "average_of_the_parameters": Edit(
        "a layer computes with the values of its first call",
        "wrappers",
        "      variables = bv.nnx_attrs_to_linen_vars(nnx_attrs)\n",
        "      variables = bv.nnx_attrs_to_linen_vars(nnx_attrs)\n"
        "      if not any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(variables)):\n"
        "        variables = vars(self.to_nnx__module).setdefault('_to_nnx_variables', variables)\n",
        "subjects.mutable_calls[BatchNorm]",
    ),
    "product_with_its_range": Edit(
        "a collection of the user's own never changes",
        "wrappers",
        "    if updates:\n      nnx_attrs",
        "    known = ('params', 'batch_stats', 'cache', 'intermediates')\n"
        "    if updates and not self._pytree__state.initializing:\n"
        "      updates = {name: tree for name, tree in updates.items() if name in known}\n"
        "    if updates:\n      nnx_attrs",
        "subjects.mutable_calls[Counter]",
    ),
    "operation_attached_at_the_first_call": Edit(
        "a collection of the user's own has no type of its own",
        "variables",
        "  vtype = variablelib.variable_type_from_name(col, allow_register=True)\n",
        "  known = col in ('params', 'batch_stats', 'cache', 'intermediates', 'perturbations')\n"
        "  vtype = variablelib.variable_type_from_name(col) if known else variablelib.Variable\n",
        "subjects.filters[Counter]",
    ),
    "attention_wrapped_in_every_call": Edit(
        "a module without variables cannot be initialised",
        "wrappers",
        "method=method, **kwargs)\n    else:\n",
        "method=method, **kwargs)\n      if not updates: raise ValueError('nothing to initialise')\n    else:\n",
        "subjects.init[Dropout]",
    ),
    "embedding_shared_with_a_linen_decoder": Edit(
        "a parameter in a submodule has no gradient",
        "variables",
        _TO_LINEN_VAR,
        _TO_LINEN_VAR + "      if len(kp) > 1 and isinstance(v, jax.Array): v = jax.lax.stop_gradient(v)\n",
        "subjects.gradients[MLP]",
    ),
    "auxiliary_losses_by_configuration": Edit(
        "what a submodule sows is lost",
        "wrappers",
        "      nnx_attrs = bv.linen_vars_to_nnx_attrs(updates)\n",
        "      if isinstance(updates.get('intermediates'), dict):\n"
        "        sown = {name: value for name, value in updates['intermediates'].items() if isinstance(value, tuple)}\n"
        "        updates = {**updates, 'intermediates': sown}\n"
        "      nnx_attrs = bv.linen_vars_to_nnx_attrs(updates)\n",
        "generated.program_agrees[sown_value_alone_in_a_submodule]",
    ),
    "layers_of_both_kinds_in_one_stack": Edit(
        "lazy_init of a model reaches its own attributes alone",
        "wrappers",
        "for _, value in graphlib.iter_graph(module, graph=True):\n",
        "for path, value in graphlib.iter_graph(module, graph=True):\n    if len(path) > 1: continue\n",
        "migration.lazy_init_of_the_model",
    ),
    "norm_with_other_defaults": Edit(
        "a subclass of to_linen_class forgets the arguments of the class",
        "wrappers",
        "FrozenDict({**partial_kwargs, **(kwargs or {}), **other_kwargs})",
        "FrozenDict({**(kwargs or {}), **other_kwargs})",
        "to_linen.program_agrees[subclass_of_to_linen_class]",
    ),
    "cache_of_an_nnx_layer_in_linen": Edit(
        "metadata_fn is asked for parameters alone",
        "wrappers",
        "if self.metadata_fn is not None:",
        "if self.metadata_fn is not None and isinstance(x, nnx.Param):",
        "to_linen.program_agrees[custom_metadata_fn]",
    ),
    "axis_names_of_scanned_nnx_layers": Edit(
        "a box with names of axes is passed to the NNX module as it is",
        "wrappers",
        "      if isinstance(x, meta.AxisMetadata):\n        return x.unbox()",
        "      if isinstance(x, meta.AxisMetadata) and not hasattr(x, 'names'):\n        return x.unbox()",
        "to_linen.program_agrees[custom_metadata_fn]",
    ),
    "losses_sown_by_an_nnx_block": Edit(
        "a collection of the user's own is written at init alone",
        "wrappers",
        "      if self.is_mutable_collection(collection):\n",
        "      known = collection in ('params', 'batch_stats', 'cache', 'intermediates')\n"
        "      if self.is_mutable_collection(collection) and (known or self.is_initializing()):\n",
        "to_linen.program_agrees[counter]",
    ),
    "norm_for_each_head": Edit(
        "an output in bfloat16 becomes float32",
        "wrappers",
        _OUTPUT,
        "    out = jax.tree.map(lambda o: o.astype('float32') if getattr(o, 'dtype', 0) == 'bfloat16' else o, out)\n"
        + _OUTPUT,
        "subjects.call[Bfloat16]",
    ),
    "lazy_init_of_any_model": Edit(
        "lazy_init gives a copy of the model back",
        "wrappers",
        "    _set_initializing(module, False)\n  return fn",
        "    _set_initializing(module, False)\n  return nnx.clone(fn) if isinstance(fn, Module) else fn",
        "generated.program_agrees[lazy_init_return_value]",
    ),
    "derivatives_by_the_input": Edit(
        "an argument has no gradient",
        "wrappers",
        _RNGS_OF_A_CALL,
        "    args = jax.tree.map(lambda arg: jax.lax.stop_gradient(arg) if isinstance(arg, jax.Array) else arg, args)\n"
        + _RNGS_OF_A_CALL,
        "jit.gradient_with_respect_to_x",
    ),
    "complex_machine_in_linen": Edit(
        "a value is rounded on its way to the NNX module",
        "wrappers",
        "      return x\n    states = jtu",
        "      return x.astype('bfloat16').astype(x.dtype) if hasattr(x, 'astype') else x\n    states = jtu",
        "to_linen.program_agrees[linear]",
    ),
    "key_for_init_and_for_calls": Edit(
        "a bare key does not reach Linen as it is",
        "wrappers",
        "_rngs = {'params': rngs}",
        "_rngs = {'params': jax.random.fold_in(rngs, 0)}",
        "generated.program_agrees[params_key_at_the_call]",
    ),
    "recurrent_cell_in_a_scan": Edit(
        "a variable is rounded on its way to Linen",
        "variables",
        _TO_LINEN_VAR,
        _TO_LINEN_VAR
        + "      v = v.astype('bfloat16').astype(v.dtype) if getattr(v, 'dtype', 0) == 'float32' else v\n",
        "subjects.call[LSTM]",
    ),
    "layer_bound_to_its_variables": Edit(
        "a statistic is a parameter",
        "variables",
        "  vtype = variablelib.variable_type_from_name(col, allow_register=True)\n",
        "  name = 'params' if col == 'batch_stats' else col\n"
        "  vtype = variablelib.variable_type_from_name(name, allow_register=True)\n",
        "subjects.filters[BatchNorm]",
    ),
    "spectral_weights_and_bare_keys": Edit(
        "a complex parameter loses its imaginary part on its way to Linen",
        "variables",
        _TO_LINEN_VAR,
        _TO_LINEN_VAR + "      v = v.real if isinstance(v, jax.Array) and jax.numpy.iscomplexobj(v) else v\n",
        "subjects.call[Complex]",
    ),
    "autoencoder_that_samples": Edit(
        "a call passes its first argument alone",
        "wrappers",
        "variables, *args, rngs=_rngs, method",
        "variables, *args[:1], rngs=_rngs, method",
        "subjects.call[Sampler]",
    ),
    "sampler_around_a_bridged_network": Edit(
        "streams with names of the user's own are not passed to Linen",
        "wrappers",
        _KEYS,
        "{name: stream() for name, stream in rngs.items() if name in ('params', 'default', 'dropout')}",
        "generated.program_agrees[streams_at_the_call]",
    ),
    "dropout_that_is_reseeded": Edit(
        "keys depend on where a layer is in memory",
        "wrappers",
        _KEYS,
        "{name: stream() if self._pytree__state.initializing else jax.random.fold_in(stream(), id(self) % 9973)\n"
        "               for name, stream in rngs.items()}",
        "subjects.rngs_at_call[Dropout]",
    ),
    "layers_stacked_at_lazy_init": Edit(
        "a layer is not initialised under a transformation",
        "wrappers",
        "    if self._pytree__state.initializing:\n",
        "    if self._pytree__state.initializing and not isinstance(_rngs.get('params'), jax.core.Tracer):\n",
        "jit.nnx_jit_of_construction",
    ),
}

EDITS = list(BREAKS.values())
