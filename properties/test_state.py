"""Whether mutable ``ToNNX`` calls update variables, states, copies and optimizers as an NNX module does.

The oracle is the reference bridge, which writes each updated value into the ``nnx.Variable`` that holds it. Eager
properties run for each subject with mutable collections. Transforms run with one small module: what they do with
variables does not depend on what the module computes.
"""

from impl.subject import Subject
from properties.support.aliases import variables
from properties.support.comparison import assert_same
from properties.support.parents import SharedVariable, TrainingStep, TwoNames
from properties.support.state_runs import (
    Sower,
    assert_alias_sees,
    assert_layer_sees,
    assert_runs_alike,
    both,
    of_transforms,
    train,
)
from properties.support.subject_runs import called, of_subjects
from properties.support.subject_values import inputs
from properties.support.transformed_calls import CLOSURES, COMMON, TRANSFORMS, Transform

# Eager calls: the variables themselves.


@of_subjects("mutable")
def test_reference_bridge_matches_linen(subject: Subject, seed: int) -> None:
    """Three mutable calls of the reference bridge match plain Linen in outputs and in updated variables."""
    _, reference = both(subject, seed)
    linen = reference.variables
    for number in range(seed, seed + 3):
        args = inputs(subject.args, number)
        output, expected, linen = called(subject, reference, linen, *args, **subject.training_call)
        assert_same(output, expected)
        assert_same(reference.variables, linen)


@of_subjects("mutable")
def test_mutable_call_keeps_variables(subject: Subject, seed: int) -> None:
    """A mutable `ToNNX` call keeps the `nnx.Variable` objects of the layer."""
    layer, _ = both(subject, seed)
    before = variables(layer)
    train(layer, subject, seed)
    replaced = [one for one in before if not any(one is other for other in variables(layer))]
    assert not replaced, f"{len(replaced)} of {len(before)} variables are replaced"


@of_subjects("mutable", "keeps_still")
def test_immutable_call_keeps_variables(subject: Subject, seed: int) -> None:
    """A `ToNNX` call without `mutable` keeps the `nnx.Variable` objects of the layer."""
    layer, _ = both(subject, seed)
    before = variables(layer)
    layer(*inputs(subject.args, seed), **subject.kwargs)
    assert [id(one) for one in variables(layer)] == [id(one) for one in before]


# Eager calls: what may share variables with the layer.


@of_subjects("mutable")
def test_variable_sees_mutable_calls(subject: Subject, seed: int) -> None:
    """An earlier `nnx.Variable` of the layer matches that of the reference bridge after two mutable calls."""
    assert_alias_sees("nnx.Variable", subject, seed)


@of_subjects("mutable")
def test_state_sees_mutable_calls(subject: Subject, seed: int) -> None:
    """An earlier `nnx.state` of the layer matches that of the reference bridge after two mutable calls."""
    assert_alias_sees("nnx.state", subject, seed)


@of_subjects("mutable")
def test_update_with_an_earlier_state(subject: Subject, seed: int) -> None:
    """After two mutable calls, `nnx.update` with an earlier `nnx.state` matches the reference bridge."""
    assert_alias_sees("nnx.update", subject, seed)


@of_subjects("mutable")
def test_merged_copy_sees_mutable_calls(subject: Subject, seed: int) -> None:
    """An earlier `nnx.merge(*nnx.split(layer))` matches that of the reference bridge after two mutable calls."""
    assert_alias_sees("nnx.merge", subject, seed)


@of_subjects("mutable")
def test_clone_misses_mutable_calls(subject: Subject, seed: int) -> None:
    """An earlier `nnx.clone` of the layer matches that of the reference bridge after two mutable calls."""
    assert_alias_sees("nnx.clone", subject, seed)


@of_subjects("mutable")
def test_view_sees_mutable_calls(subject: Subject, seed: int) -> None:
    """An earlier `nnx.view` of the layer matches that of the reference bridge after two mutable calls."""
    assert_alias_sees("nnx.view", subject, seed)


@of_subjects("mutable")
def test_copy_with_attributes_sees_mutable_calls(subject: Subject, seed: int) -> None:
    """An earlier `nnx.with_attributes` copy matches that of the reference bridge after two mutable calls."""
    assert_alias_sees("nnx.with_attributes", subject, seed)


@of_subjects("mutable")
def test_optimizer_sees_mutable_calls(subject: Subject, seed: int) -> None:
    """After two mutable calls, a step of an earlier `nnx.Optimizer` matches the reference bridge."""
    assert_alias_sees("nnx.Optimizer", subject, seed)


@of_subjects("mutable")
def test_mutable_calls_of_a_merged_copy(subject: Subject, seed: int) -> None:
    """Two mutable calls of `nnx.merge(*nnx.split(layer))` change the layer as they change the reference bridge."""
    assert_layer_sees("nnx.merge", subject, seed)


@of_subjects("mutable")
def test_mutable_calls_of_a_view(subject: Subject, seed: int) -> None:
    """Two mutable calls of `nnx.view(layer)` change the layer as they change the reference bridge."""
    assert_layer_sees("nnx.view", subject, seed)


# Calls under each transform of NNX, in each of its modes, and of JAX.


@of_transforms({**TRANSFORMS, **CLOSURES})
def test_mutable_call_under(transform: Transform, seed: int) -> None:
    """Two mutable calls under a transform match the reference bridge in outputs, variables, exceptions and traces."""
    assert_runs_alike(transform, seed)


@of_transforms({**TRANSFORMS, **CLOSURES})
def test_immutable_call_under(transform: Transform, seed: int) -> None:
    """Two calls without `mutable` under a transform match the reference bridge in outputs, variables and exceptions."""
    assert_runs_alike(transform, seed, mutable=False, with_aliases=True)


@of_transforms(TRANSFORMS)
def test_aliases_see_mutable_calls_under(transform: Transform, seed: int) -> None:
    """Earlier states, copies and optimizers match the reference bridge after mutable calls under a transform."""
    assert_runs_alike(transform, seed, with_aliases=True)


@of_transforms(COMMON)
def test_training_step_under(transform: Transform, seed: int) -> None:
    """Two `nnx.Optimizer` steps with mutable calls under a transform match the reference bridge."""
    assert_runs_alike(transform, seed, parent=TrainingStep)


@of_transforms(COMMON)
def test_layer_with_two_names_under(transform: Transform, seed: int) -> None:
    """Mutable calls under a transform match the reference bridge if a module holds the layer under two names."""
    assert_runs_alike(transform, seed, parent=TwoNames)


@of_transforms(COMMON)
def test_shared_variable_under(transform: Transform, seed: int) -> None:
    """Mutable calls under a transform match the reference bridge if a module also holds a `Variable` of the layer."""
    assert_runs_alike(transform, seed, parent=SharedVariable)


@of_transforms(COMMON)
def test_mutable_call_that_sows_under(transform: Transform, seed: int) -> None:
    """Two mutable calls that sow under a transform match the reference bridge."""
    assert_runs_alike(transform, seed, module=Sower())
