"""Steps of a script: each does the same with the layer and in plain Linen, and asserts that both agree.

Throughout, ``layer`` is the bridged module, and ``variables`` what plain Linen has for its state.
"""

from hypothesis import strategies as st

from properties.writing.draft import Draft
from properties.writing.features import step

STATE = "assert_same(linen_variables(layer), variables)"


def init(draft: Draft) -> None:
    """The first step of every script."""
    draft.step(f"""
        with keys_handed_to_linen() as keys:
            layer.lazy_init(x)
        variables = linen.init(keys, x)
        {STATE}
    """)


@step()
def call(draft: Draft) -> None:
    """A call that changes nothing."""
    if draft.has_any({"random"}):
        draft.step(f"""
            with keys_handed_to_linen() as keys:
                y = layer(x)
            assert_same(y, linen.apply(variables, x, rngs=keys))
            {STATE}
        """)
    else:
        draft.step(f"""
            assert_same(layer(x), linen.apply(variables, x))
            {STATE}
        """)


@step()
def mutable_call(draft: Draft) -> None:
    """A call in which all collections are mutable that the module changes."""
    mutable_call_with(draft, repr(draft.mutable).replace("'", '"'))


def mutable_call_with(draft: Draft, mutable: str) -> None:
    """A call with this for ``mutable``."""
    if draft.has_any({"random"}):
        draft.step(f"""
            with keys_handed_to_linen() as keys:
                y = layer(x, mutable={mutable})
            expected, updates = linen.apply(variables, x, rngs=keys, mutable={mutable})
        """)
    else:
        draft.step(f"""
            y = layer(x, mutable={mutable})
            expected, updates = linen.apply(variables, x, mutable={mutable})
        """)
    draft.script[-1] += f"\nvariables = {{**variables, **updates}}\nassert_same(y, expected)\n{STATE}"


@step()
def mutable_true(draft: Draft) -> None:
    """A call in which every collection is mutable, params included."""
    mutable_call_with(draft, "True")


@step()
def mutable_string(draft: Draft) -> None:
    """A call in which one collection is mutable, given by its name."""
    mutable_call_with(draft, f'"{draft.draw(st.sampled_from(draft.mutable or ["cache"]))}"')


@step()
def mutable_deny_list(draft: Draft) -> None:
    """A call in which everything but params is mutable."""
    mutable_call_with(draft, 'flax.core.DenyList("params")')


@step()
def mutable_empty(draft: Draft) -> None:
    """A call whose list of mutable collections is empty."""
    mutable_call_with(draft, "[]")


@step()
def mutable_false(draft: Draft) -> None:
    """A call with mutable=False, which gives the output alone."""
    if draft.has_any({"random"}):
        draft.step(f"""
            with keys_handed_to_linen() as keys:
                y = layer(x, mutable=False)
            assert_same(y, linen.apply(variables, x, rngs=keys, mutable=False))
            {STATE}
        """)
    else:
        draft.step(f"""
            assert_same(layer(x, mutable=False), linen.apply(variables, x, mutable=False))
            {STATE}
        """)


# jax.jit makes an array of a number, and refuses what is none, in Linen too.
@step("random", "no array")
def nnx_jit(draft: Draft) -> None:
    """A call inside of nnx.jit."""
    draft.step(f"""
        assert_same(nnx.jit(lambda layer, x: layer(x))(layer, x), jax.jit(linen.apply)(variables, x))
        {STATE}
    """)


@step("random", "no array")
def nnx_jit_of_a_mutable_call(draft: Draft) -> None:
    """A mutable call inside of nnx.jit, which brings the changes out."""
    mutable = repr(draft.mutable or ["cache"]).replace("'", '"')
    draft.step(f"""
        y = nnx.jit(lambda layer, x: layer(x, mutable={mutable}))(layer, x)
        expected, updates = jax.jit(lambda variables, x: linen.apply(variables, x, mutable={mutable}))(variables, x)
        variables = {{**variables, **updates}}
        assert_same(y, expected)
        {STATE}
    """)


@step("random", "no array")
def jax_jit_of_the_split_form(draft: Draft) -> None:
    """A call inside of jax.jit, of a layer that is split outside and merged inside."""
    draft.step(f"""
        graphdef, state = nnx.split(layer)
        y = jax.jit(lambda state, x: nnx.merge(graphdef, state)(x))(state, x)
        assert_same(y, jax.jit(linen.apply)(variables, x))
        {STATE}
    """)


@step("random", "no gradient")
def nnx_grad(draft: Draft) -> None:
    """The gradients of nnx.grad, which take the place of the parameters."""
    draft.step(f"""
        nnx.update(layer, nnx.grad(lambda layer: (layer(x) ** 2).sum())(layer))
        loss = lambda params: (linen.apply({{**variables, "params": params}}, x) ** 2).sum()
        variables = {{**variables, "params": jax.grad(loss)(variables["params"])}}
        {STATE}
    """)


@step("random", "no gradient")
def jax_grad_of_the_split_form(draft: Draft) -> None:
    """The gradients of jax.grad, of a function that merges the parameters with the rest of a split layer."""
    draft.step(f"""
        graphdef, params, rest = nnx.split(layer, nnx.Param, ...)
        nnx.update(layer, jax.grad(lambda params: (nnx.merge(graphdef, params, rest)(x) ** 2).sum())(params))
        loss = lambda params: (linen.apply({{**variables, "params": params}}, x) ** 2).sum()
        variables = {{**variables, "params": jax.grad(loss)(variables["params"])}}
        {STATE}
    """)


@step("no gradient", "sown", "no array", needs="nnx.to_pure_dict")
def save_and_restore(draft: Draft) -> None:
    """A layer whose state is saved as msgpack and restored into another one."""
    draft.step(f"""
        data = saved(layer)
        layer = bridge.ToNNX({draft.made}, rngs={draft.made_rngs}).lazy_init(x)
        restore(layer, data)
        {STATE}
    """)
    call(draft)


@step()
def split_and_merge(draft: Draft) -> None:
    """A layer that is split and merged."""
    draft.step(f"""
        layer = nnx.merge(*nnx.split(layer))
        {STATE}
    """)
    call(draft)


@step()
def clone(draft: Draft) -> None:
    """A layer that is cloned."""
    draft.step(f"""
        layer = nnx.clone(layer)
        {STATE}
    """)
    call(draft)


# Some releases of jax cannot copy a mesh.
@step("mesh inside")
def deepcopy(draft: Draft) -> None:
    """A layer that is copied by copy.deepcopy."""
    draft.use("import copy")
    draft.step(f"""
        layer = copy.deepcopy(layer)
        {STATE}
    """)
    call(draft)


@step("no gradient")
def update(draft: Draft) -> None:
    """New values of the parameters, handed over by nnx.update."""
    draft.step(f"""
        nnx.update(layer, jax.tree.map(lambda leaf: leaf + 1, nnx.state(layer, nnx.Param)))
        variables = {{**variables, "params": jax.tree.map(lambda leaf: leaf + 1, variables["params"])}}
        {STATE}
    """)
    call(draft)


@step("no gradient")
def numpy_params(draft: Draft) -> None:
    """Parameters that are arrays of NumPy, as restored ones are, which the layer takes and leaves alone."""
    draft.step(f"""
        given = jax.tree.map(np.array, nnx.state(layer, nnx.Param))
        before = jax.tree.map(np.array, given)
        nnx.update(layer, given)
        {STATE}
    """)
    (mutable_call if draft.mutable else call)(draft)
    draft.step("assert_same(given, before)")


@step("random", "no array", needs="nnx.Pytree")
def jax_jit_of_the_layer(draft: Draft) -> None:
    """A call inside of jax.jit, of a layer that is handed over as the pytree that an NNX module is."""
    draft.step(f"""
        assert_same(jax.jit(lambda layer, x: layer(x))(layer, x), jax.jit(linen.apply)(variables, x))
        {STATE}
    """)


@step("no gradient", "boxes", "own box")
def update_by_a_dictionary(draft: Draft) -> None:
    """Parameters of plain Linen, handed to nnx.update as a dictionary of variables."""
    draft.step(f"""
        variables = {{**variables, "params": jax.tree.map(lambda leaf: leaf + 1, variables["params"])}}
        nnx.update(layer, jax.tree.map(nnx.Param, variables["params"]))
        values = jax.tree.leaves(linen_variables(layer))
        assert not any(isinstance(value, nnx.Variable) for value in values), "a variable in a variable"
        {STATE}
    """)
    call(draft)


@step()
def rngs_at_the_call(draft: Draft) -> None:
    """A call that is given an Rngs of its own."""
    streams = ", ".join(["1", *(f"{name}=2" for name in draft.streams)])
    draft.step(f"""
        with keys_handed_to_linen() as keys:
            y = layer(x, rngs=nnx.Rngs({streams}))
        assert_same(y, linen.apply(variables, x, rngs=keys))
        {STATE}
    """)


@step()
def method_by_name(draft: Draft) -> None:
    """Another method, called by its name."""
    with_double(draft)
    _call_method(draft, '"double"')


@step()
def method_by_function(draft: Draft) -> None:
    """Another method, called by the function that it is in the class."""
    with_double(draft)
    _call_method(draft, "Block.double")


@step()
def method_by_lambda(draft: Draft) -> None:
    """A function of the module in place of a method."""
    _call_method(draft, "lambda module, x: 2 * module(x)")


@step("random", needs="nnx.bridge.ToNNX.__getattr__")
def method_as_attribute(draft: Draft) -> None:
    """Another method, called as an attribute of the layer."""
    with_double(draft)
    draft.step(f"""
        assert_same(layer.double(x), linen.apply(variables, x, method="double"))
        {STATE}
    """)


@step("perturbed")
def pop(draft: Draft) -> None:
    """The intermediates taken out of the layer by nnx.pop."""
    draft.step(f"""
        nnx.pop(layer, nnx.Intermediate)
        variables = {{name: tree for name, tree in variables.items() if name != "intermediates"}}
        {STATE}
    """)


# SpectralNorm cannot cope with them, in Linen either.
@step("random", "spectral norm")
def capture_intermediates(draft: Draft) -> None:
    """Two calls that capture the outputs of all submodules, and a plain one after each."""
    draft.has("sown")
    for _ in range(2):
        draft.step(f"""
            y = layer(x, mutable=["intermediates"], capture_intermediates=True)
            expected, updates = linen.apply(variables, x, mutable=["intermediates"], capture_intermediates=True)
            variables = {{**variables, **updates}}
            assert_same(y, expected)
            {STATE}
        """)
        call(draft)


def with_double(draft: Draft) -> None:
    """Give the outermost module another method."""
    draft.blocks[-1].add_method("def double(self, x):\n    return 2 * self(x)")


def _call_method(draft: Draft, method: str) -> None:
    if draft.has_any({"random"}):
        draft.step(f"""
            with keys_handed_to_linen() as keys:
                y = layer(x, method={method})
            assert_same(y, linen.apply(variables, x, rngs=keys, method={method}))
            {STATE}
        """)
    else:
        draft.step(f"""
            assert_same(layer(x, method={method}), linen.apply(variables, x, method={method}))
            {STATE}
        """)
