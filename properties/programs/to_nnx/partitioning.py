"""Whole programs: `ToNNX` layers on meshes of several devices, and Linen's two ways to name axes."""

from textwrap import dedent, indent

from hypothesis import strategies as st

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import program

# On 0.9.0 boxes are values of variables.
on_a_mesh = program(needs="nnx.bridge.variables.NNXMeta")

_MESHES = [(1, 8), (2, 4), (8, 1)]
# Integers have the same sums in any order, which depends on the mesh.
_INTEGERS = """
    def integers(key, shape, dtype=jnp.float32):
        return jnp.arange(np.prod(shape)).reshape(shape).astype(dtype) % 7 - 3
"""
_PLACED = """
    def assert_placed(layer, wanted):
        for name, sharding in wanted["params"].items():
            array = variables_of(layer)["params"][name]
            is_placed = array.sharding.is_equivalent_to(sharding, array.ndim)
            assert is_placed, f"{name} is placed by {array.sharding}, expected {sharding}"
"""
_RULES = '[("embed", "data"), ("mlp", "model")]'
# How a kernel and a bias get their axis names, and the context in which they are made and used.
_PARAMS = [
    ('nn.with_partitioning(integers, ("data", "model"))', 'nn.with_partitioning(integers, ("model",))', ""),
    (
        'nn.with_partitioning(integers, ("model", "data"), mesh=devices)',
        'nn.with_partitioning(integers, ("data",), mesh=devices)',
        "",
    ),
    (
        'nn.with_logical_partitioning(integers, ("embed", "mlp"))',
        'nn.with_logical_partitioning(integers, ("mlp",))',
        f", nn.logical_axis_rules({_RULES})",
    ),
    (
        'nn.with_logical_partitioning(integers, ("embed", "mlp"), rules=RULES)',
        'nn.with_logical_partitioning(integers, ("mlp",), rules=RULES)',
        "",
    ),
]


def _on_a_mesh(builder: LinenProgramBuilder, script: str, helper: str = _PLACED) -> None:
    """A program with a Dense layer with axis names on a mesh, and its shardings as plain Linen has them."""
    shape = builder.draw(st.sampled_from(_MESHES))
    kernel, bias, context = builder.draw(st.sampled_from(_PARAMS))
    wanted = (
        f"nn.logical_to_mesh_sharding(nn.get_partition_spec(variables), devices, {_RULES})"
        if "logical" in kernel
        else "nn.get_sharding(variables, devices)"
    )
    builder.write_program(
        _INTEGERS,
        helper,
        f"""
        x = jnp.arange(16.0).reshape(2, 8)
        devices = device_mesh({shape}, ("data", "model"))
        kernel_init = {kernel.replace("RULES", _RULES)}
        bias_init = {bias.replace("RULES", _RULES)}
        linen = nn.Dense(8, kernel_init=kernel_init, bias_init=bias_init)
        make = lambda: bridge.ToNNX(linen, rngs=nnx.Rngs(0)).lazy_init(x)
        """,
        f"with in_mesh(devices){context}:\n"
        + indent(
            dedent(f"""
            with capture_linen_rngs() as keys:
                layer = make()
            variables = linen.init(keys, x)
            wanted = {wanted}
            """).strip()
            + "\n"
            + dedent(script).strip(),
            "    ",
        ),
    )


@program(needs="nnx.use_eager_sharding")
def eager_sharding(builder: LinenProgramBuilder) -> None:
    """Parameters with axis names on a mesh of several devices, placed by `lazy_init` as `nn.get_sharding` says."""
    _on_a_mesh(
        builder,
        """
        assert_placed(layer, wanted)
        assert_same(linen_variables(layer), variables)
        assert_same(layer(x), linen.apply(variables, x))
        assert_placed(layer, wanted)
        """,
    )


@program(needs="nnx.use_eager_sharding")
def eager_sharding_switched_off(builder: LinenProgramBuilder) -> None:
    """`nnx.use_eager_sharding(False)`, under which `lazy_init` on a mesh leaves parameters on one device."""
    _on_a_mesh(
        builder,
        """
        was = nnx.using_eager_sharding()
        with nnx.use_eager_sharding(False):
            assert not nnx.using_eager_sharding()
            other = make()
        assert nnx.using_eager_sharding() == was
        placed, whole = (variables_of(one)["params"]["kernel"].sharding for one in (layer, other))
        assert whole.is_fully_replicated and not placed.is_fully_replicated, f"{whole} and {placed}"
        assert_same(linen_variables(other), variables)
        assert_same(other(x), linen.apply(variables, x))
        """,
        "",
    )


@on_a_mesh
def get_named_sharding(builder: LinenProgramBuilder) -> None:
    """`nnx.get_named_sharding` of a layer with axis names, by which `jax.device_put` places its parameters."""
    _on_a_mesh(
        builder,
        """
        state = nnx.state(layer, nnx.Param)
        nnx.update(layer, jax.device_put(state, nnx.get_named_sharding(state, devices)))
        assert_placed(layer, wanted)
        assert_same(linen_variables(layer), variables)
        assert_same(layer(x), linen.apply(variables, x))
        """,
    )


@on_a_mesh
def sharding_constraint_in_jit(builder: LinenProgramBuilder) -> None:
    """A layer made under `nnx.jit` on a mesh, with `jax.lax.with_sharding_constraint` by `nnx.get_partition_spec`."""
    _on_a_mesh(
        builder,
        """
        @nnx.jit
        def make_placed():
            layer = make()
            state = nnx.state(layer, nnx.Param)
            nnx.update(layer, jax.lax.with_sharding_constraint(state, nnx.get_partition_spec(state)))
            return layer

        layer = make_placed()
        assert_placed(layer, wanted)
        assert_same(linen_variables(layer), variables)
        assert_same(layer(x), linen.apply(variables, x))
        """,
    )


@on_a_mesh
def out_shardings_of_jit(builder: LinenProgramBuilder) -> None:
    """The state of a layer made under `jax.jit` with the `out_shardings` that `nn.get_sharding` has in plain Linen."""
    _on_a_mesh(
        builder,
        """
        graphdef, state = nnx.split(layer)
        params = nnx.state(layer, nnx.Param)
        places = jax.tree.unflatten(jax.tree.structure(params), jax.tree.leaves(wanted))
        made = jax.jit(lambda: nnx.state(make(), nnx.Param), out_shardings=places)()
        nnx.update(layer, made)
        assert_placed(layer, wanted)
        assert_same(linen_variables(layer), variables)
        assert_same(layer(x), linen.apply(variables, x))
        """,
    )


@on_a_mesh
def state_sharding(builder: LinenProgramBuilder) -> None:
    """`nnx.StateSharding` for the inputs and outputs of an `nnx.jit` that updates a layer."""
    _on_a_mesh(
        builder,
        """
        whole = jax.sharding.NamedSharding(devices, jax.sharding.PartitionSpec())
        places = {nnx.PathContains(name): place for name, place in wanted["params"].items()}
        sharding = nnx.StateSharding({**places, ...: whole})

        @nnx.jit(in_shardings=(sharding,), out_shardings=sharding)
        def doubled(layer):
            nnx.update(layer, jax.tree.map(lambda leaf: 2 * leaf, nnx.state(layer, nnx.Param)))
            return layer

        state = nnx.state(layer, nnx.Param)
        nnx.update(layer, jax.tree.map(jax.device_put, state, jax.tree.unflatten(
            jax.tree.structure(state), jax.tree.leaves(wanted))))
        assert doubled(layer) is layer, "another layer"
        assert_placed(layer, wanted)
        variables = jax.tree.map(lambda leaf: 2 * leaf, variables)
        assert_same(linen_variables(layer), variables)
        assert_same(layer(x), linen.apply(variables, x))
        """,
    )


@on_a_mesh
def donated_step_on_a_mesh(builder: LinenProgramBuilder) -> None:
    """Two steps of training on a mesh, compiled by `nnx.jit` with donated parameters, which keep their places."""
    _on_a_mesh(
        builder,
        """
        state = nnx.state(layer)
        places = jax.tree.unflatten(jax.tree.structure(nnx.state(layer, nnx.Param)), jax.tree.leaves(wanted))
        nnx.update(layer, jax.device_put(nnx.state(layer, nnx.Param), places))
        loss = lambda params: linen.apply({"params": params}, x).sum()

        @functools.partial(nnx.jit, donate_argnums=0)
        def step(layer, x):
            gradients = nnx.grad(lambda layer: layer(x).sum())(layer)
            nnx.update(layer, jax.tree.map(jnp.subtract, nnx.state(layer, nnx.Param), gradients))

        for _ in range(2):
            step(layer, x)
            gradients = jax.grad(loss)(variables["params"])
            variables = {"params": jax.tree.map(jnp.subtract, variables["params"], gradients)}
            assert_placed(layer, wanted)
            assert_same(linen_variables(layer), variables)
        assert_same(layer(x), linen.apply(variables, x))
        """,
        "import functools\n\n" + dedent(_PLACED).strip(),
    )


_ABSTRACT = """
    def assert_abstract(state, wanted):
        for name, sharding in wanted["params"].items():
            value = variables_of(state)["params"][name]
            assert isinstance(value, jax.ShapeDtypeStruct), f"a {type(value).__name__}"
            found, mesh = value.sharding.spec, value.sharding.mesh
            assert found == sharding.spec, f"{name}: {found}, expected {sharding.spec}"
            assert mesh.shape == sharding.mesh.shape, f"{name}: {mesh}, expected {sharding.mesh}"
            wanted_shape = jax.eval_shape(lambda: variables_of(layer)["params"][name])
            assert (value.shape, value.dtype) == (wanted_shape.shape, wanted_shape.dtype)
"""


@program(needs="nnx.as_abstract")
def as_abstract(builder: LinenProgramBuilder) -> None:
    """`nnx.as_abstract` of a layer made by `nnx.eval_shape` on a mesh."""
    name = builder.draw(st.sampled_from(["as_abstract", "abstract_with_sharding"]))
    _abstract(
        builder,
        f"""
        made = nnx.{name}(nnx.eval_shape(make))
        assert_abstract(nnx.state(made), wanted)
        nnx.update(made, nnx.state(layer))
    """,
    )


@program(needs="nnx.get_abstract_model")
def get_abstract_model(builder: LinenProgramBuilder) -> None:
    """`nnx.get_abstract_model` of a layer with axis names on a mesh."""
    _abstract(
        builder,
        """
        graphdef, state = nnx.get_abstract_model(make, devices)
        assert_abstract(state, wanted)
        made = nnx.merge(graphdef, jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), state))
        nnx.update(made, nnx.state(layer))
    """,
    )


def _abstract(builder: LinenProgramBuilder, script: str) -> None:
    _on_a_mesh(
        builder,
        dedent(script).strip()
        + """
assert_same(linen_variables(made), variables)
assert_same(made(x), linen.apply(variables, x))
""",
        _ABSTRACT,
    )


@on_a_mesh
def boxes_that_linen_sees(builder: LinenProgramBuilder) -> None:
    """The boxes that a method of a Linen module finds in its variables, with their axis names and shardings."""
    _on_a_mesh(
        builder,
        """
        seen = layer(method=lambda module: module.variables)
        assert_same(seen, linen.apply(variables, method=lambda module: module.variables))
        specs = nn.get_partition_spec(seen)
        assert specs == nn.get_partition_spec(variables), f"specs {specs}"
        rules = [("embed", "data"), ("mlp", "model"), ("data", "data"), ("model", "model")]
        meant = nn.logical_to_mesh(specs, rules)["params"]
        for name, box in seen["params"].items():
            assert meant[name] == nn.logical_to_mesh_axes(box.names, rules) == wanted["params"][name].spec
        assert nn.logical_to_mesh_sharding(specs, devices, rules)["params"] == wanted["params"]
        """,
        "",
    )


@on_a_mesh
def axis_metadata_that_linen_sees(builder: LinenProgramBuilder) -> None:
    """`nn.meta.map_axis_meta`, `nn.meta.add_axis` and `nn.meta.remove_axis` of the variables that Linen gets."""
    index = builder.draw(st.sampled_from([0, 1]))
    _on_a_mesh(
        builder,
        f"""
        params = {{nn.meta.PARTITION_NAME: "layers"}}
        seen = layer(method=lambda module: module.variables)
        more, expected = (nn.meta.add_axis(tree, {index}, params) for tree in (seen, variables))
        assert_same(more, expected)
        assert more["params"]["kernel"].names[{index}] == "layers"
        assert_same(nn.meta.remove_axis(more, {index}, params), seen)
        names = nn.meta.map_axis_meta(lambda box: box.names, seen)
        assert names == nn.meta.map_axis_meta(lambda box: box.names, variables), f"names {{names}}"
        for box in seen["params"].values():
            assert nn.meta.is_axis_metadata(box)
        """,
        "",
    )


_CONSTRAINED = """
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x):
            SEEN.append(list(nn.get_logical_axis_rules()))
            x = nn.Dense(8, kernel_init=integers)(x)
            return nn.with_logical_constraint(x, ("batch", "embed"){arguments})
"""
_CONSTRAINTS = [
    '[("batch", "data"), ("embed", "model")]',
    '[("embed", ("data", "model"))]',
    '[("embed", "model"), ("batch", "model")]',
]


def _constrained(builder: LinenProgramBuilder, around: str, arguments: str = "", seen: str = "rules") -> None:
    rules = builder.draw(st.sampled_from(_CONSTRAINTS))
    builder.write_program(
        _INTEGERS,
        _CONSTRAINED.replace("{arguments}", arguments),
        f"""
        SEEN = []
        rules = {rules}
        x = jnp.arange(64.0).reshape(8, 8)
        devices = device_mesh({builder.draw(st.sampled_from(_MESHES))}, ("data", "model"))
        linen, layer = Block(), bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(x)
        variables = linen_variables(layer)
        SEEN.clear()
        """,
        around,
        f"""
        assert SEEN == 2 * [{seen}], f"rules {{SEEN}}"
        assert y.sharding.is_equivalent_to(expected.sharding, 2), f"{{y.sharding}}, expected {{expected.sharding}}"
        assert_same(y, expected)
        """,
    )


_OTHER_RULES = ', nn.logical_axis_rules([("embed", "model"), ("mlp", None)])'
_BOTH_CALLS = """
    y = nnx.jit(lambda layer, x: layer(x))(layer, x)
    expected = jax.jit(linen.apply)(variables, x)
"""


@program()
def with_logical_constraint(builder: LinenProgramBuilder) -> None:
    """`nn.with_logical_constraint` in a Linen module, with the argument `rules`."""
    _constrained(builder, "with in_mesh(devices):\n" + indent(dedent(_BOTH_CALLS), "    "), ", rules=rules", "[]")


@program()
def logical_axis_rules(builder: LinenProgramBuilder) -> None:
    """`nn.get_logical_axis_rules` in a Linen module, called under `nn.logical_axis_rules`."""
    _constrained(
        builder, "with in_mesh(devices), nn.logical_axis_rules(rules):\n" + indent(dedent(_BOTH_CALLS), "    ")
    )


@program(needs="nnx.logical_axis_rules")
def logical_axis_rules_of_nnx(builder: LinenProgramBuilder) -> None:
    """`nn.get_logical_axis_rules` in a Linen module, called under `nnx.logical_axis_rules`."""
    _constrained(
        builder, "with in_mesh(devices), nnx.logical_axis_rules(rules):\n" + indent(dedent(_BOTH_CALLS), "    ")
    )


@program()
def set_logical_axis_rules(builder: LinenProgramBuilder) -> None:
    """`nn.get_logical_axis_rules` in a Linen module, called after `nn.set_logical_axis_rules`."""
    _constrained(
        builder,
        "before = nn.get_logical_axis_rules()\nnn.set_logical_axis_rules(rules)\ntry:\n    with in_mesh(devices):\n"
        + indent(dedent(_BOTH_CALLS), "        ")
        + "finally:\n    nn.set_logical_axis_rules(before)",
    )


# Excused: Up to 0.11.2 `lazy_init` does not split parameters by their axis names, and there is no place to compare.
def _rules_as_in_linen(builder: LinenProgramBuilder, rules: list[str], context: str = "") -> None:
    shape, chosen = (builder.draw(st.sampled_from(one)) for one in (_MESHES, rules))
    argument, around = (
        (", rules=rules", context)
        if context
        else builder.draw(st.sampled_from([(", rules=rules", ""), ("", ", nn.logical_axis_rules(rules)")]))
    )
    builder.write_program(
        _INTEGERS,
        f"""
        rules = {chosen}
        x = jnp.arange(16.0).reshape(2, 8)
        devices = device_mesh({shape}, ("data", "model"))
        linen = nn.Dense(8, kernel_init=nn.with_logical_partitioning(integers, ("embed", "mlp"){argument}))
        with in_mesh(devices){around}:
            variables = linen.init(jax.random.key(0), x)
            layer = bridge.ToNNX(linen, rngs=nnx.Rngs(0)).lazy_init(x)
            assert_same(linen_variables(layer), variables)
            assert_same(layer(x), linen.apply(variables, x))
            wanted = nn.logical_to_mesh_sharding(nn.get_partition_spec(variables), devices, rules)["params"]["kernel"]
        found = variables_of(layer)["params"]["kernel"].sharding
        if not found.is_fully_replicated:
            placed = f"placed by {{tuple(found.spec)}}, expected {{tuple(wanted.spec)}}"
            assert found.is_equivalent_to(wanted, 2), placed
        """,
    )


@on_a_mesh
def axis_name_without_a_rule(builder: LinenProgramBuilder) -> None:
    """A kernel with a logical axis name that no rule has."""
    _rules_as_in_linen(builder, ['[("embed", "data")]', '[("mlp", "model")]'])


@on_a_mesh
def axis_names_of_one_mesh_axis(builder: LinenProgramBuilder) -> None:
    """A kernel with two logical axis names that the rules map to the same mesh axis."""
    _rules_as_in_linen(builder, ['[("embed", "data"), ("mlp", "data")]', '[("mlp", "model"), ("embed", "model")]'])


@on_a_mesh
def axis_name_with_two_rules(builder: LinenProgramBuilder) -> None:
    """A kernel with a logical axis name that two rules have, of which Linen takes the first."""
    _rules_as_in_linen(
        builder,
        [
            '[("embed", "model"), ("embed", "data"), ("mlp", None)]',
            '[("mlp", "data"), ("embed", None), ("mlp", "model")]',
        ],
    )


@on_a_mesh
def rules_of_the_box_and_of_the_context(builder: LinenProgramBuilder) -> None:
    """A kernel in a box with axis rules, under `nn.logical_axis_rules` with others."""
    _rules_as_in_linen(builder, [_RULES, '[("embed", None), ("mlp", "data")]'], _OTHER_RULES)


@program()
def keyword_of_a_partitioned_initializer(builder: LinenProgramBuilder) -> None:
    """`nn.with_partitioning` or `nn.with_logical_partitioning` of an initializer that gets a keyword."""
    boxed = builder.draw(st.sampled_from(["nn.with_partitioning", "nn.with_logical_partitioning"]))
    builder.write_program(f"""
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                init = {boxed}(lambda key, shape, value=1.0: jnp.full(shape, value), ("data",))
                return x * self.param("w", init, (3,), value=2.0)

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        with mesh(["data"]), nn.logical_axis_rules([("data", "data")]):
            layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(x)
            assert_same(unboxed(linen_variables(layer)), {{"params": {{"w": jnp.full(3, 2.0)}}}})
            assert_same(layer(x), 2 * x)
    """)


@program()
def unbox_without_a_constraint(builder: LinenProgramBuilder) -> None:
    """`unbox` of a layer's box under a mesh, which adds no constraint with `apply_constraint=False`."""
    boxed = builder.draw(st.sampled_from(["nn.with_partitioning", "nn.with_logical_partitioning"]))
    builder.write_program(f"""
        class Block(nn.Module):
            @nn.compact
            def __call__(self, x):
                return x * self.param("w", {boxed}(nn.initializers.ones, ("data",)), (3,))

        x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
        with mesh(["data"]), nn.logical_axis_rules([("data", "data")]):
            layer = bridge.ToNNX(Block(), rngs=nnx.Rngs(0)).lazy_init(x)
            box = linen_variables(layer)["params"]["w"]
            for constrained in (True, False):
                made = jax.make_jaxpr(lambda box: box.unbox(apply_constraint=constrained))(box)
                assert constrained or not made.eqns, made
                assert_same(box.unbox(apply_constraint=constrained), jnp.ones(3))
    """)
