"""A program: Python source that does one thing through the bridge and without it, and asserts that both agree.

The source is what a strategy writes, what is run, what Hypothesis shrinks and
prints, and what stands in the reproducer.
"""

from dataclasses import dataclass
from typing import Any

import flax
import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge

from impl.flax_api import (
    collections_as_they_were,
    keys_handed_to_linen,
    keys_handed_to_nnx,
    linen_variables,
    made_mesh,
    mesh,
    methods_as_they_were,
    register_collection,
    reseed,
    restore,
    saved,
    set_variables,
    unboxed,
    variables_of,
)
from properties.agreement import assert_same
from properties.raising import raised

# What a program may use without importing it; a reproducer imports or defines it.
NAMES = {
    "assert_same": assert_same,
    "bridge": bridge,
    "flax": flax,
    "jax": jax,
    "jnp": jnp,
    "keys_handed_to_linen": keys_handed_to_linen,
    "keys_handed_to_nnx": keys_handed_to_nnx,
    "linen_variables": linen_variables,
    "made_mesh": made_mesh,
    "mesh": mesh,
    "nn": nn,
    "nnx": nnx,
    "np": np,
    "raised": raised,
    "register_collection": register_collection,
    "reseed": reseed,
    "restore": restore,
    "saved": saved,
    "set_variables": set_variables,
    "unboxed": unboxed,
    "variables_of": variables_of,
}


@dataclass(frozen=True)
class Program:
    """Python source, run as a module of its own."""

    source: str

    def run(self) -> dict[str, Any]:
        """Run it; what it defines. Whatever it raises is raised, an AssertionError where the two sides differ."""
        namespace = {"__name__": "program", **NAMES}
        with methods_as_they_were(), collections_as_they_were():
            exec(compile(self.source, "<program>", "exec"), namespace)
        return namespace

    def __repr__(self) -> str:
        return f"Program({self.source!r})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """As Hypothesis prints it: the source as it reads."""
        printer.text(f'Program("""\n{self.source}""")')
