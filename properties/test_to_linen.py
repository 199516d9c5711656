"""Programs on NNX modules that are written at random do through bridge.ToLinen what they do in plain NNX."""

from properties.featured import for_each_feature
from properties.programs import Program
from properties.writing_nnx.features import FEATURES
from properties.writing_nnx.programs import programs_with


@for_each_feature(FEATURES, programs_with)
def test_program_agrees(program: Program) -> None:
    """A program that uses the feature does the same with the NNX module in Linen as with the NNX module itself."""
    program.run()
