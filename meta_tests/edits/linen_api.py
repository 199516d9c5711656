"""Edits of what Linen modules see of themselves, of their callers and of the flags under the bridge."""

from meta_tests.edits.edit import Edit

EDITS = [
    Edit(
        "a layer without an Rngs has a key all the same",
        "wrappers",
        "    else:\n      _rngs = {}\n",
        "    else:\n      _rngs = {'params': jax.random.key(0)}\n",
        "generated.program_agrees[has_rng]",
    ),
    Edit(
        "a layer has one more collection",
        "wrappers",
        "variables = bv.nnx_attrs_to_linen_vars(nnx_attrs)",
        "variables = {'more': {'a': 1.0}, **bv.nnx_attrs_to_linen_vars(nnx_attrs)}",
        "generated.program_agrees[module_variables]",
    ),
    Edit(
        "the collection cache is not passed to Linen",
        "variables",
        "    linen_structured[(col_name, *kp)] = v\n",
        "    if col_name != 'cache':\n      linen_structured[(col_name, *kp)] = v\n",
        "generated.program_agrees[has_variable]",
    ),
    Edit(
        "a bound module in a layer keeps its own variables",
        "wrappers",
        "        variables, *args, rngs=_rngs, method=method",
        "        self.to_nnx__module.variables if self.to_nnx__module.scope else variables,\n"
        "        *args, rngs=_rngs, method=method",
        "generated.program_agrees[bound_module]",
    ),
    Edit(
        "a filter of captured intermediates counts as True",
        "wrappers",
        "method=method, mutable=mutable, **kwargs\n      )",
        "method=method, mutable=mutable,\n"
        "        **{k: v if k != 'capture_intermediates' else True for k, v in kwargs.items()}\n"
        "      )",
        "generated.program_agrees[capture_intermediates_with_a_filter]",
    ),
    Edit(
        "lazy_init runs in a thread without interceptors",
        "wrappers",
        "self.to_nnx__module.init_with_output(_rngs, *args, method=method, **kwargs)",
        "__import__('multiprocessing.pool').pool.ThreadPool(1).apply("
        "self.to_nnx__module.init_with_output, (_rngs, *args), dict(method=method, **kwargs))",
        "generated.program_agrees[intercepted_lazy_init]",
    ),
    Edit(
        "calls run in a thread without interceptors",
        "wrappers",
        "      out = self.to_nnx__module.apply(\n"
        "        variables, *args, rngs=_rngs, method=method, mutable=mutable, **kwargs\n      )",
        "      out = __import__('multiprocessing.pool').pool.ThreadPool(1).apply(\n"
        "        self.to_nnx__module.apply, (variables, *args),\n"
        "        dict(rngs=_rngs, method=method, mutable=mutable, **kwargs))",
        "generated.program_agrees[intercept_methods]",
    ),
    Edit(
        "methods without Linen's wrapper are called without variables",
        "wrappers",
        "    if rngs is None:\n      rngs = self.to_nnx__rngs\n",
        "    if getattr(getattr(self.to_nnx__module, str(method), method), 'nowrap', False):\n"
        "      return getattr(self.to_nnx__module, getattr(method, '__name__', str(method)))(*args, **kwargs)\n"
        "    if rngs is None:\n      rngs = self.to_nnx__rngs\n",
        "generated.program_agrees[nowrap_method]",
    ),
    Edit(
        "gradients do not reach the variables of a layer",
        "wrappers",
        "        variables, *args, rngs=_rngs,",
        "        jax.lax.stop_gradient(variables), *args, rngs=_rngs,",
        "generated.program_agrees[gradients_of_a_custom_vjp]",
    ),
    Edit(
        "arrays of three axes lose the first",
        "variables",
        "  return vtype(x)\n",
        "  return vtype(x.reshape(-1, x.shape[-1]) if getattr(x, 'ndim', 0) == 3 else x)\n",
        "generated.program_agrees[remat_scan]",
    ),
    Edit(
        "the current module is the outermost",
        "wrappers",
        "    return linen.module._context.module_stack[-1]",
        "    return linen.module._context.module_stack[1]",
        "to_linen.program_agrees[current_linen_module]",
    ),
    Edit(
        "there is no current module in a layer",
        "wrappers",
        "  if linen.module._context.module_stack:",
        "  if len(linen.module._context.module_stack) == 3:",
        "generated.program_agrees[current_linen_module]",
    ),
    Edit(
        "bridge.to_linen forgets the name",
        "wrappers",
        "      skip_rng=skip_rng,\n      name=name,",
        "      skip_rng=skip_rng,\n      name=None,",
        "to_linen.program_agrees[names_of_to_linen_modules]",
    ),
    Edit(
        "all ToLinen modules draw their keys from the outermost module",
        "wrappers",
        "name: linen_module.make_rng(name)",
        "name: linen_module.scope.root.make_rng(name)",
        "to_linen.program_agrees[flag_flax_fix_rng_separator]",
    ),
    Edit(
        "a ToLinen module stores its variables after init",
        "wrappers",
        "      out = method_fn(module, *args, **kwargs)\n      return out",
        "      out = method_fn(module, *args, **kwargs)\n      self._update_variables(module)\n      return out",
        "to_linen.program_agrees[function_with_nn_apply]",
    ),
    Edit(
        "variables that the module has not are refused",
        "wrappers",
        '      warnings.warn(f"Found',
        '      raise ValueError(f"Found',
        "to_linen.program_agrees[share_scope]",
    ),
    Edit(
        "a ToLinen module without boxes gives variables to Linen",
        "wrappers",
        "return x.get_value()\n          return x",
        "return x\n          return x",
        "to_linen.program_agrees[linen_tabulate]",
    ),
    Edit(
        "sown values are not given to Linen",
        "wrappers",
        "nnx.Not(nnx.RngState)",
        "nnx.Not(nnx.Any(nnx.RngState, nnx.Intermediate))",
        "to_linen.program_agrees[flag_nnx_sow_capture_noop]",
    ),
]
