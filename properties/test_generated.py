"""Generated programs with Linen modules in `ToNNX` match plain Linen."""

from hypothesis import given
from hypothesis import strategies as st

from properties.findings import failing_parameters
from properties.programs.parametrize import for_each_feature
from properties.programs.program import Program
from properties.programs.to_nnx.features import FEATURES
from properties.programs.to_nnx.generation import mixed_programs, programs_with


@for_each_feature(FEATURES, programs_with)
def test_program_agrees(program: Program) -> None:
    """Outputs, state and exceptions match plain Linen."""
    program.run()


# Deferred: a collection of properties must not ask which release is installed.
@given(program=st.deferred(lambda: mixed_programs(failing_parameters("generated.program_agrees", FEATURES))))
def test_mixed_program_agrees(program: Program) -> None:
    """Programs that mix all features that pass on this release match plain Linen in outputs, state and exceptions."""
    program.run()
