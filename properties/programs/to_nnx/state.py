"""Features of modules: variables in other collections than params."""

from properties.programs.to_nnx.builder import LinenProgramBuilder
from properties.programs.to_nnx.features import Style, part


@part()
def constant(builder: LinenProgramBuilder) -> None:
    """A variable that `init` creates and no call changes."""
    name = builder.block.fresh("c")
    value = builder.block.define(name, f'self.variable("constants", "{name}", jnp.ones, (1,))')
    builder.block.write(f"x = x + {value}.value")


@part()
def counter(builder: LinenProgramBuilder) -> None:
    """A variable that each mutable call changes."""
    name = builder.block.fresh("count")
    builder.changes("counter")
    value = builder.block.define(name, f'self.variable("counter", "{name}", jnp.zeros, ())')
    builder.block.write(f"""
        if self.is_mutable_collection("counter"):
            {value}.value = {value}.value + 1
        x = x + {value}.value
    """)


@part()
def put_variable(builder: LinenProgramBuilder) -> None:
    """A variable written by `self.put_variable` and read by `self.get_variable`."""
    name = builder.block.fresh("last")
    builder.changes("cache")
    builder.block.write(f"""
        if self.is_mutable_collection("cache"):
            self.put_variable("cache", "{name}", x.sum())
        x = x + self.get_variable("cache", "{name}", 0.0)
    """)


@part(Style.COMPACT)
def created_by_a_call(builder: LinenProgramBuilder) -> None:
    """A variable that the first mutable call creates, not `init`."""
    name = builder.block.fresh("late")
    builder.changes("cache")
    builder.has("late")
    builder.block.write(f"""
        if self.is_mutable_collection("cache") and not self.is_initializing():
            self.variable("cache", "{name}", jnp.zeros, ()).value += 1
    """)


@part()
def batch_norm(builder: LinenProgramBuilder) -> None:
    """An `nn.BatchNorm`, whose statistics each mutable call updates."""
    builder.changes("batch_stats")
    norm = builder.block.submodule("nn.BatchNorm()", "norm")
    builder.block.write(f'x = {norm}(x, use_running_average=not self.is_mutable_collection("batch_stats"))')


@part()
def spectral_norm(builder: LinenProgramBuilder) -> None:
    """An `nn.SpectralNorm`, whose statistics have slashes in their names."""
    builder.changes("batch_stats")
    norm = builder.block.submodule("nn.SpectralNorm(nn.Dense(3))", "norm")
    builder.block.write(f'x = {norm}(x, update_stats=self.is_mutable_collection("batch_stats"))')


@part()
def sow(builder: LinenProgramBuilder) -> None:
    """A value sown into `intermediates`."""
    builder.has("sown")
    builder.changes("intermediates")
    builder.block.write(f'self.sow("intermediates", "{builder.block.fresh("h")}", x)')


@part()
def sow_twice(builder: LinenProgramBuilder) -> None:
    """Two values that one call sows under the same name."""
    name = builder.block.fresh("h")
    builder.has("sown")
    builder.changes("intermediates")
    builder.block.write(f"""
        self.sow("intermediates", "{name}", x)
        self.sow("intermediates", "{name}", x + 1)
    """)


@part()
def sow_with_reduce_fn(builder: LinenProgramBuilder) -> None:
    """Values that `self.sow` adds up with `reduce_fn`."""
    builder.has("sown")
    builder.changes("losses")
    name = builder.block.fresh("loss")
    builder.block.write(f"""
        self.sow("losses", "{name}", x.sum(), reduce_fn=jnp.add, init_fn=lambda: jnp.zeros(()))
    """)


@part()
def perturb(builder: LinenProgramBuilder) -> None:
    """A perturbation created by `self.perturb`."""
    builder.has("perturbed")
    builder.block.write(f'x = self.perturb("{builder.block.fresh("delta")}", x)')
