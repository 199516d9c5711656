"""What can be wrong with an implementation or with subjects; importable where jax and flax are not."""


class BadImplementation(Exception):
    """What was given as the implementation cannot be used; the message is one line that says why."""


class NoModel(Exception):
    """The implementation offers only a function, so nothing can be said of its model."""


class ParametersNotFound(Exception):
    """The state of a model does not tell its kernel and bias."""


class BadSubjects(Exception):
    """What was given as the subjects cannot be used; the message is one line that says why and what to do."""


def in_one_line(error: Exception) -> str:
    """The exception's name and the first line of what it says."""
    return f"{type(error).__name__}: {error}".splitlines()[0]
