"""Programs that are written at random do through the bridge what they do in plain Linen."""

from properties.featured import for_each_feature
from properties.programs import Program
from properties.writing.features import FEATURES
from properties.writing.programs import programs_with


@for_each_feature(FEATURES, programs_with)
def test_program_agrees(program: Program) -> None:
    """A program that uses the feature does the same through the bridge as in plain Linen, and keeps the same state."""
    program.run()
