"""A program: Python source that does one thing through the bridge and without it, and asserts that both agree.

The source is what a strategy writes, what is run, what Hypothesis shrinks and
prints, and what stands in the reproducer.
"""

import ast
from dataclasses import dataclass
from typing import Any

import flax
import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax import nnx
from flax.nnx import bridge
from hypothesis import currently_in_test_context, event, reject

from impl.flax_api import (
    capture_linen_rngs,
    capture_nnx_rngs,
    device_mesh,
    in_mesh,
    linen_variables,
    made_mesh,
    merge_context,
    mesh,
    preserve_methods,
    preserve_variable_registry,
    register_collection,
    reseed,
    restore,
    saved,
    set_variables,
    unboxed,
    variables_of,
)
from properties.programs.refusals import SHOWS_NOTHING, Refused, bridged, forgotten, plain
from properties.support.comparison import assert_same
from properties.support.raising import raised

# What a program may use without importing it; a reproducer imports or defines it.
NAMES = {
    "assert_same": assert_same,
    "bridge": bridge,
    "bridged": bridged,
    "flax": flax,
    "jax": jax,
    "jnp": jnp,
    "capture_linen_rngs": capture_linen_rngs,
    "capture_nnx_rngs": capture_nnx_rngs,
    "device_mesh": device_mesh,
    "in_mesh": in_mesh,
    "linen_variables": linen_variables,
    "made_mesh": made_mesh,
    "merge_context": merge_context,
    "mesh": mesh,
    "nn": nn,
    "nnx": nnx,
    "np": np,
    "plain": plain,
    "raised": raised,
    "register_collection": register_collection,
    "reseed": reseed,
    "restore": restore,
    "saved": saved,
    "set_variables": set_variables,
    "unboxed": unboxed,
    "variables_of": variables_of,
}


class NothingCompared(Exception):
    """A program ended without having compared or asserted anything."""


@dataclass(frozen=True)
class Program:
    """Python source, run as a separate module."""

    source: str

    def run(self) -> None:
        """Run it. It raises an AssertionError where the two sides differ.

        A program that compares nothing is no example: a property that draws no other one does not pass.
        """
        try:
            self._run()
        except (Refused, NothingCompared) as reason:
            if not currently_in_test_context():
                raise
            event(f"{SHOWS_NOTHING}{type(reason).__name__}: {reason}")
            reject()

    def _run(self) -> None:
        compared = 0

        def counted(actual: Any, expected: Any) -> None:
            nonlocal compared
            assert_same(actual, expected)
            compared += sum(np.size(leaf) for leaf in jax.tree.leaves(expected))

        namespace = {"__name__": "program", **NAMES, "assert_same": counted}
        tree = ast.parse(self.source)
        with preserve_methods(), preserve_variable_registry():
            exec(compile(tree, "<program>", "exec"), namespace)
        if unanswered := forgotten():
            raise unanswered
        if not compared and not any(isinstance(node, ast.Assert) for node in ast.walk(tree)):
            raise NothingCompared("no output and no variable was compared")

    def __repr__(self) -> str:
        return f"Program({self.source!r})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """As Hypothesis prints it: the source as it reads."""
        printer.text(f'Program("""\n{self.source}""")')
