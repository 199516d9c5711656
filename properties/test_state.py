"""How the changes of a call reach the variables, states, copies and optimizers that were taken before it.

The reference bridge writes what a call changes into the ``nnx.Variable`` objects. What holds of it has to hold of
``ToNNX``: the same objects, the same values wherever they are read, the same exceptions, and no more traces. Every
mutable subject is called eagerly. Every transform calls one small model: what a transform does with variables does not
depend on what is computed.
"""

from impl.subject import Subject
from properties.agreement import assert_same
from properties.containers import Trained, Twice, Watched
from properties.holders import variables
from properties.runners import CLOSURES, FEW, RUNNERS, Runner
from properties.state_runs import (
    Sower,
    assert_holder_sees,
    assert_original_sees,
    assert_runs_alike,
    both,
    of_runners,
    train,
)
from properties.subject_runs import called, of_subjects
from properties.subject_values import inputs

# What a mutable call changes, eagerly.


@of_subjects("mutable")
def test_reference_bridge(subject: Subject, seed: int) -> None:
    """Three training calls of the reference bridge match plain Linen in outputs and in updated variables."""
    _, reference = both(subject, seed)
    linen = reference.variables
    for number in range(seed, seed + 3):
        args = inputs(subject.args, number)
        output, expected, linen = called(subject, reference, linen, *args, **subject.training_call)
        assert_same(output, expected)
        assert_same(reference.variables, linen)


@of_subjects("mutable")
def test_identity(subject: Subject, seed: int) -> None:
    """The `nnx.Variable` objects of a layer are the same objects after a mutable call."""
    layer, _ = both(subject, seed)
    before = variables(layer)
    train(layer, subject, seed)
    replaced = [one for one in before if not any(one is other for other in variables(layer))]
    assert not replaced, f"{len(replaced)} of {len(before)} are replaced"


@of_subjects("mutable", "keeps_still")
def test_identity_after_an_immutable_call(subject: Subject, seed: int) -> None:
    """The `nnx.Variable` objects of a layer are the same objects after a call without `mutable`."""
    layer, _ = both(subject, seed)
    before = variables(layer)
    layer(*inputs(subject.args, seed), **subject.kwargs)
    assert [id(one) for one in variables(layer)] == [id(one) for one in before]


# What was taken before a mutable call.


@of_subjects("mutable")
def test_variable(subject: Subject, seed: int) -> None:
    """An `nnx.Variable` that is taken from a layer holds what later mutable calls compute."""
    assert_holder_sees("nnx.Variable", subject, seed)


@of_subjects("mutable")
def test_state(subject: Subject, seed: int) -> None:
    """A state of `nnx.state` sees later mutable calls where that of another NNX module does."""
    assert_holder_sees("nnx.state", subject, seed)


@of_subjects("mutable")
def test_update(subject: Subject, seed: int) -> None:
    """`nnx.update` with a layer's own earlier state does what it does with another NNX module."""
    assert_holder_sees("nnx.update", subject, seed)


@of_subjects("mutable")
def test_merge(subject: Subject, seed: int) -> None:
    """A copy of `nnx.merge` and `nnx.split` sees later mutable calls where that of another NNX module does."""
    assert_holder_sees("nnx.merge", subject, seed)


@of_subjects("mutable")
def test_clone(subject: Subject, seed: int) -> None:
    """A clone does not see later mutable calls."""
    assert_holder_sees("nnx.clone", subject, seed)


@of_subjects("mutable")
def test_view(subject: Subject, seed: int) -> None:
    """A view of `nnx.view` sees later mutable calls."""
    assert_holder_sees("nnx.view", subject, seed)


@of_subjects("mutable")
def test_with_attributes(subject: Subject, seed: int) -> None:
    """A copy of `nnx.with_attributes` sees later mutable calls."""
    assert_holder_sees("nnx.with_attributes", subject, seed)


@of_subjects("mutable")
def test_optimizer(subject: Subject, seed: int) -> None:
    """An `nnx.Optimizer` steps on from what later mutable calls leave."""
    assert_holder_sees("nnx.Optimizer", subject, seed)


@of_subjects("mutable")
def test_calls_of_a_merged_copy(subject: Subject, seed: int) -> None:
    """Mutable calls of a copy of `nnx.merge` reach the layer where they reach another NNX module."""
    assert_original_sees("nnx.merge", subject, seed)


@of_subjects("mutable")
def test_calls_of_a_view(subject: Subject, seed: int) -> None:
    """Mutable calls of a view reach the layer."""
    assert_original_sees("nnx.view", subject, seed)


# Transforms of NNX with each of their modes, and of JAX.


@of_runners({**RUNNERS, **CLOSURES})
def test_mutable_call_under(runner: Runner, seed: int) -> None:
    """Two mutable calls under a transform do what they do with the reference bridge."""
    assert_runs_alike(runner, seed)


@of_runners({**RUNNERS, **CLOSURES})
def test_immutable_call_under(runner: Runner, seed: int) -> None:
    """Two calls without `mutable` under a transform do what they do with the reference bridge."""
    assert_runs_alike(runner, seed, mutable=False, holding=True)


@of_runners(RUNNERS)
def test_holders_see_call_under(runner: Runner, seed: int) -> None:
    """Variables, states, copies and optimizers that are taken before see mutable calls under a transform alike."""
    assert_runs_alike(runner, seed, holding=True)


@of_runners(FEW)
def test_training_step_under(runner: Runner, seed: int) -> None:
    """Two steps of an optimizer with mutable calls under a transform do what they do with the reference bridge."""
    assert_runs_alike(runner, seed, contain=Trained)


@of_runners(FEW)
def test_two_names_under(runner: Runner, seed: int) -> None:
    """Mutable calls of one layer under two names do under a transform what they do with the reference bridge."""
    assert_runs_alike(runner, seed, contain=Twice)


@of_runners(FEW)
def test_shared_variable_under(runner: Runner, seed: int) -> None:
    """A module that holds a variable of a layer sees mutable calls under a transform alike."""
    assert_runs_alike(runner, seed, contain=Watched)


@of_runners(FEW)
def test_sow_under(runner: Runner, seed: int) -> None:
    """Mutable calls that sow under a transform do what they do with the reference bridge."""
    assert_runs_alike(runner, seed, module=Sower())
