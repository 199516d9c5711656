"""What can be wrong with an implementation; importable where jax and flax are not."""


class BadImplementation(Exception):
    """What was given as the implementation cannot be used; the message is one line that says why."""


class NoModel(Exception):
    """The implementation offers only a function, so nothing can be said of its model."""


class ParametersNotFound(Exception):
    """The state of a model does not tell its kernel and bias."""
