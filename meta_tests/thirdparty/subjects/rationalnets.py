"""Rational activations of rationalnets, whose initialisers are lambdas in the class."""

import jax.numpy as jnp
from rationalnets.rational import RationalMLP

SUBJECTS = {"RationalMLP": {"module": RationalMLP((4, 2)), "args": (jnp.linspace(-1.0, 1.0, 6).reshape(2, 3),)}}
