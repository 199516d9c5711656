"""Programs that are written at random do through the bridge what they do in plain Linen."""

from hypothesis import given, settings

from properties.programs import Program
from properties.writing.chosen import for_each_feature, programs_of_the_feature

# Few programs of one feature differ in anything that matters.
_FEW = max(1, settings().max_examples // 10)


@for_each_feature
@settings(max_examples=_FEW)
@given(program=programs_of_the_feature())
def test_program_agrees(program: Program) -> None:
    """A program that uses the feature does the same through the bridge as in plain Linen, and keeps the same state."""
    program.run()
