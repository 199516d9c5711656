"""Programs that are written at random do through the bridge what they do in plain Linen."""

from hypothesis import given
from hypothesis import strategies as st

from properties.featured import for_each_feature
from properties.findings import failing_parameters
from properties.programs import Program
from properties.writing.features import FEATURES
from properties.writing.programs import mixed_programs, programs_with


@for_each_feature(FEATURES, programs_with)
def test_program_agrees(program: Program) -> None:
    """A program that uses the feature does the same through the bridge as in plain Linen, and keeps the same state."""
    program.run()


# Deferred: a collection of properties must not ask which release is installed.
@given(program=st.deferred(lambda: mixed_programs(failing_parameters("generated.program_agrees", FEATURES))))
def test_mixed_program_agrees(program: Program) -> None:
    """A program that mixes whatever is healthy on this release does through the bridge what it does in plain Linen."""
    program.run()
