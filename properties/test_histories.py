"""Histories of operations on several models that share an `nnx.Rngs` match the same histories in plain Linen."""

from functools import partial

import pytest

from properties.programs.program import Program
from properties.support.histories import KINDS, History, HistoryOfKeys, histories


@pytest.mark.parametrize("kind", KINDS)
@histories(History)
def test_models_match_linen(kind: str, program: Program) -> None:
    """Operations on models that share an `nnx.Rngs`, in any order, match plain Linen and change no other model."""
    program.run()


@histories(partial(HistoryOfKeys, kind="dropout"))
def test_keys_are_never_reused(program: Program) -> None:
    """Models that share an `nnx.Rngs` never pass the same key to Linen twice, in any order of calls."""
    program.run()
