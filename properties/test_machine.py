"""Bridged models in histories of any order, beside the same histories in plain Linen."""

from functools import partial

import pytest

from properties.machine import KINDS, History, HistoryOfKeys, histories
from properties.programs import Program


@pytest.mark.parametrize("kind", KINDS)
@histories(History)
def test_models_follow_linen(kind: str, program: Program) -> None:
    """Whatever is done to models of one Rngs, in any order, does to each what plain Linen does, and to no other."""
    program.run()


@histories(partial(HistoryOfKeys, kind="dropout"))
def test_keys_are_handed_out_once(program: Program) -> None:
    """No key that models of one Rngs hand to Linen, in whatever order, is one that was handed out before."""
    program.run()
