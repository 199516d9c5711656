"""Programs that are written at random do through the bridge what they do in plain Linen."""

from hypothesis import given, settings
from hypothesis import strategies as st

from properties.known_failures import unhealthy
from properties.programs import Program
from properties.writing.chosen import for_each_feature, programs_of_the_feature
from properties.writing.programs import mixed_programs

# Few programs of one feature differ in anything that matters.
_FEW = max(1, settings().max_examples // 10)

# Looked up when it is drawn: a collection of properties must not fail for want of a release.
_HEALTHY = st.deferred(lambda: mixed_programs(unhealthy("generated.program_agrees")))


@for_each_feature
@settings(max_examples=_FEW)
@given(program=programs_of_the_feature())
def test_program_agrees(program: Program) -> None:
    """A program that uses the feature does the same through the bridge as in plain Linen, and keeps the same state."""
    program.run()


@given(program=_HEALTHY)
def test_mixed_program_agrees(program: Program) -> None:
    """A program that mixes whatever is healthy on this release does through the bridge what it does in plain Linen."""
    program.run()
