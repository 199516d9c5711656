"""Modules that several whole programs use."""

SCALED = """
    class Block(nnx.Module):
        def __init__(self, *, rngs):
            self.w = nnx.Param(jax.random.normal(rngs.params(), (3,)))
            self.mean = nnx.BatchStat(jnp.zeros(()))

        def __call__(self, x):
            self.mean.value = 0.5 * self.mean[...] + x.max()
            return x * self.w[...] + self.mean[...]

    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
"""
LAYER = """
    class Block(nnx.Module):
        def __init__(self, *, rngs):
            self.layer = nnx.Linear(3, 4, rngs=rngs)

        def __call__(self, x):
            return self.layer(x)

    x = jnp.linspace(-1.0, 1.0, 6).reshape(2, 3)
    linen = bridge.to_linen(Block)
    variables = linen.init(jax.random.key(0), x)
"""
