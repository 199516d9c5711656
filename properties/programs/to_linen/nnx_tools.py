"""Parts of an NNX module that use NNX's tools: data and static attributes, and functions of the module itself."""

from hypothesis import strategies as st

from properties.programs.to_linen.builder import NnxProgramBuilder
from properties.programs.to_linen.features import NnxFeatureKind, feature

part = feature(NnxFeatureKind.PART)


@feature(NnxFeatureKind.PART, needs="nnx.static(value)")
def static_number(builder: NnxProgramBuilder) -> None:
    """`nnx.static` of a number, which is no variable."""
    size = builder.attribute(builder.fresh("size"), "nnx.static(3)")
    builder.body.append(f"x = x * {size}")


@feature(NnxFeatureKind.PART, needs="nnx.Pytree")
def pytree_attribute(builder: NnxProgramBuilder) -> None:
    """An `nnx.Pytree` that holds an `nnx.Linear`."""
    builder.define(
        "class Holder(nnx.Pytree):\n"
        "    def __init__(self, width, *, rngs):\n"
        "        self.linear = nnx.Linear(width, width, rngs=rngs)\n"
        "        self.size = 3"
    )
    held = builder.attribute(builder.fresh("held"), f"Holder({builder.width}, rngs=rngs)")
    builder.body.append(f"x = {held}.linear(x) * {held}.size")


@feature(NnxFeatureKind.PART, needs="nnx.dataclass(weakref_slot)")
def dataclass_attribute(builder: NnxProgramBuilder) -> None:
    """An `nnx.dataclass` with `nnx.Data` and `nnx.Static` annotations."""
    builder.define(
        "@nnx.dataclass\n"
        "class Record(nnx.Module):\n"
        "    layers: nnx.Data[list]\n"
        "    size: nnx.Static[int] = 3\n\n"
        "    def __call__(self, x):\n"
        "        return self.layers[0](x) * self.size"
    )
    width = builder.width
    record = builder.attribute(builder.fresh("record"), f"Record([nnx.Linear({width}, {width}, rngs=rngs)])")
    builder.body.append(f"x = {record}(x)")


@part
def eval_in_the_constructor(builder: NnxProgramBuilder) -> None:
    """`nnx.Module.eval` in the constructor, which switches `nnx.Dropout` and `nnx.BatchNorm`."""
    drop = builder.attribute(builder.fresh("drop"), "nnx.Dropout(0.5, deterministic=False)")
    norm = builder.attribute(builder.fresh("norm"), f"nnx.BatchNorm({builder.width}, rngs=rngs)")
    builder.init.append("self.eval()")
    builder.body.append(f"x = {norm}({drop}(x))")


@part
def norm_of_the_parameters(builder: NnxProgramBuilder) -> None:
    """`nnx.state` of the module itself, filtered by `nnx.PathContains`, in its call."""
    name = builder.fresh("regularized")
    layer = builder.attribute(name, f"nnx.Linear({builder.width}, {builder.width}, rngs=rngs)")
    chosen = f'nnx.state(self, nnx.All(nnx.Param, nnx.PathContains("{name}")))'
    builder.body.append(f"x = {layer}(x) + sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves({chosen}))")


@feature(NnxFeatureKind.PART, needs="nnx.map_state")
def mapped_copy(builder: NnxProgramBuilder) -> None:
    """A copy of a submodule with other parameters, made in the call by `nnx.map_state` and `nnx.merge`."""
    width = builder.width
    layer = builder.attribute(builder.fresh("copied"), f"nnx.Linear({width}, {width}, rngs=rngs)")
    builder.body += [
        f"graphdef, state = nnx.split({layer})",
        "doubled = lambda path, leaf: jax.tree.map(lambda value: value * 2, leaf)",
        f"x = nnx.merge(graphdef, nnx.map_state(doubled, state))(x) + {layer}(x)",
    ]


@part
def walked_submodules(builder: NnxProgramBuilder) -> None:
    """`nnx.Module.iter_modules` in the call, which finds the submodules by name."""
    name = builder.fresh("walked")
    builder.attribute(name, f"nnx.Linear({builder.width}, {builder.width}, rngs=rngs)")
    builder.body.append(f'x = dict(self.iter_modules())[("{name}",)](x)')


_PERTURBED = """
    class Block(nnx.Module):
        def __init__(self, *, rngs):
            self.linear = nnx.Linear(3, 4, rngs=rngs)

        def __call__(self, x):
            return jnp.sin(self.perturb("delta", self.linear(x)))

    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    linen = bridge.to_linen(Block)
    variables = linen.init(jax.random.key(0), x)
    block = Block(rngs=nnx.Rngs(0))
    set_variables(block, {"params": unboxed(variables)["params"]})
"""


@feature(NnxFeatureKind.PROGRAM, needs="nnx.Module.perturb")
def perturb(builder: NnxProgramBuilder) -> None:
    """`nnx.Module.perturb` in the call: the perturbation among the updates."""
    mutable = builder.draw(st.sampled_from(['["perturbations"]', "True"]))
    builder.write_program(
        _PERTURBED,
        f"""
        y, updates = linen.apply(variables, x, mutable={mutable})
        assert_same(y, block(x))
        found = {{name: tree for name, tree in unboxed(updates).items() if name != "params"}}
        assert_same(found, {{"perturbations": {{"delta": jnp.zeros((2, 4))}}}})
        assert_same(linen.apply(variables, x), y)
        """,
    )


@feature(NnxFeatureKind.PROGRAM, needs="nnx.Module.perturb")
def perturbation_passed_back(builder: NnxProgramBuilder) -> None:
    """A call with the perturbation of a previous call: the output, and the gradient."""
    builder.write_program(
        _PERTURBED,
        """
        y, updates = linen.apply(variables, x, mutable=["perturbations"])
        loss = lambda given: (linen.apply({**variables, "perturbations": given}, x) ** 2).sum()
        assert_same(y, block(x))
        wrt = nnx.DiffState(0, nnx.Perturbation)
        expected = nnx.grad(lambda block: (block(x) ** 2).sum(), argnums=wrt)(block)
        grads = jax.grad(loss)(updates["perturbations"])
        assert_same(jax.tree.leaves(grads), jax.tree.leaves(expected))
        """,
    )
