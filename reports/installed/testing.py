"""For your own tests: every generic property of your subjects and models, and strategies for properties of your own.

    from nnx_bridge.testing import parametrize_with_properties

    @parametrize_with_properties({"encoder": {"module": Encoder(), "args": (x,)}})
    def test_bridge(run):
        run()

Nothing here needs an option or a plugin of the suite, and importing it changes no setting of Hypothesis, JAX or
pytest. Your own packages may be called impl, properties or reports.
"""

from .asking import parametrize_with_properties
from .strategies import GivenModel, GivenSubject, LinenProgram, linen_programs, models, subjects

__all__ = [
    "GivenModel",
    "GivenSubject",
    "LinenProgram",
    "linen_programs",
    "models",
    "parametrize_with_properties",
    "subjects",
]
