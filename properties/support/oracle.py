"""What the outputs should be, computed in NumPy float64: nothing here compiles, and no tolerance is tuned.

Rounding in float32 has the unit u = 2**-24; a sum of n products in any order
is within gamma(n) = n*u / (1 - n*u) times the sum of their magnitudes
(Higham, Accuracy and Stability of Numerical Algorithms, section 3.1). XLA
flushes subnormal numbers to zero, so each operand and each intermediate may
also lose up to the smallest normal number.
"""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

import numpy as np

from impl.errors import CannotCompare, in_one_line

UNIT = 2.0**-24
TINY = float(np.finfo(np.float32).tiny)
MAX = float(np.finfo(np.float32).max)


class Affine(NamedTuple):
    """``x @ kernel + bias`` in float64, how far float32 may stray from it, and where float32 may overflow.

    All three have the shape of the output.
    """

    value: np.ndarray
    bound: np.ndarray
    may_overflow: np.ndarray


def gamma(n: int) -> float:
    """The relative bound of n roundings in float32."""
    return n * UNIT / (1 - n * UNIT)


def affine(
    x: object, kernel: np.ndarray, bias: np.ndarray, fused: bool = False, apart: np.ndarray | float = 0.0
) -> Affine:
    """The expected output, in float64, for ``x`` of shape (length,), kernel (length, features), bias (features,).

    Eagerly the bias is added to a finished dot product, which costs one
    rounding. A compiler may fuse the two and start the sum with the bias, as
    XLA does on the CPU: then it is one more of the terms, in any order.

    Each entry of the kernel may be ``apart`` away from the one that was used: one bound, or one for each entry.
    """
    # float64 input is rounded to float32 first, as jax does with 64-bit types off.
    vector = np.asarray(x).astype(np.float32).astype(np.float64)
    matrix, offset = kernel.astype(np.float64), bias.astype(np.float64)
    length = len(vector)
    value = vector @ matrix + offset
    magnitude = np.abs(vector) @ np.abs(matrix)
    if fused:
        rounding = gamma(length + 1) * (magnitude + np.abs(offset))
    else:
        dot_error = gamma(length) * magnitude
        rounding = dot_error + UNIT * (np.abs(value) + dot_error)
    flushed = TINY * (np.abs(matrix).sum(axis=0) + np.abs(vector).sum() + 2 * length + 1)
    drawn = np.abs(vector) @ np.broadcast_to(apart, matrix.shape)
    may_overflow = (magnitude + np.abs(offset)) * (1 + gamma(length + 1)) >= MAX
    return Affine(value, rounding + flushed + drawn, may_overflow)


def input_gradient(kernel: np.ndarray, apart: np.ndarray | float = 0.0) -> Affine:
    """The gradient of the output's sum with respect to x: the row sums of the kernel, shape (length,)."""
    return affine(np.ones(kernel.shape[1]), kernel.T, np.zeros(kernel.shape[0]), apart=np.transpose(apart))


def assert_close(actual: object, expected: Affine, bound_factor: int = 1) -> None:
    """Assert that ``actual`` is within the bound; where float32 may overflow, nothing is said.

    ``bound_factor`` is 2 where two float32 results are compared with each
    other, each of which has the bound to itself.
    """
    output = np.asarray(actual).astype(np.float64)
    assert output.shape == expected.value.shape, f"shape {output.shape}, expected {expected.value.shape}"
    error = np.abs(output - expected.value)
    wrong = ~(error <= bound_factor * expected.bound) & ~expected.may_overflow
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise AssertionError(
            f"output[{at}] is {output[at]}, expected {expected.value[at]} "
            f"within {bound_factor * expected.bound[at]:.3g}; {int(wrong.sum())} of {wrong.size} entries are off"
        )


def assert_same_bits(actual: object, expected: object) -> None:
    """Assert equal shape, dtype and bits, the sign of zero included; any NaN equals any NaN.

    Of complex numbers the real and the imaginary part are compared each by itself.
    """
    got, want = np.asarray(actual), np.asarray(expected)
    assert got.shape == want.shape, f"shape {got.shape}, expected {want.shape}"
    assert got.dtype == want.dtype, f"dtype {got.dtype}, expected {want.dtype}"
    same = _same_bits(got, want)
    if not same.all():
        at = tuple(int(i) for i in np.argwhere(~same)[0])
        raise AssertionError(f"entry {at} is {got[at]}, expected {want[at]}; {int((~same).sum())} differ")


def comparing(step: Callable[..., Any]) -> Callable[..., Any]:
    """A step of a comparison of the suite itself: any exception in it becomes CannotCompare."""

    @wraps(step)
    def compared(*args: Any) -> Any:
        try:
            return step(*args)
        except Exception as error:
            raise CannotCompare(in_one_line(error)) from error

    return compared


@comparing
def _same_bits(got: np.ndarray, want: np.ndarray) -> np.ndarray:
    if got.dtype.kind == "c":
        return np.asarray(_same_bits(got.real, want.real) & _same_bits(got.imag, want.imag))
    if got.dtype.kind == "V":  # the small types of ml_dtypes: float32 holds each of their values
        return _same_bits(got.astype(np.float32), want.astype(np.float32))
    if got.dtype.kind != "f":
        return np.asarray(got == want)
    return (got == want) & (np.signbit(got) == np.signbit(want)) | (np.isnan(got) & np.isnan(want))


def assert_same_numbers(actual: object, expected: object) -> None:
    """Assert equal shape, dtype and numbers; the two zeros are one number.

    A compiler that knows a bias to be zero leaves it out, and adding it is what makes 0 of -0.
    """
    zero = np.float32(0)
    assert_same_bits(np.asarray(actual) + zero, np.asarray(expected) + zero)


def assert_sum_of_two_products(output: object, a: float, first: np.ndarray, b: float, second: np.ndarray) -> None:
    """Assert that each entry is ``a * first + b * second`` as float32 may compute it, products fused or not."""
    got, p, q = np.asarray(output), np.float64(a) * first, np.float64(b) * second
    p_rounded, q_rounded = p.astype(np.float32), q.astype(np.float32)
    allowed = (p_rounded + q_rounded, _rounded_sum(p, q_rounded), _rounded_sum(q, p_rounded))
    wrong = ~np.any([got == one for one in allowed], axis=0)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise AssertionError(f"output[{at}] is {got[at]!r}, no float32 sum of {p[at]!r} and {q[at]!r}")


def _rounded_sum(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The sum of two float64 arrays, rounded once to float32."""
    total = one + other
    part = total - one
    lost = (one - (total - part)) + (other - part)
    # An odd last bit stands for what float64 has lost, so that the second rounding decides as one alone would.
    is_even = total.view(np.int64) % 2 == 0
    odd = np.nextafter(total, np.copysign(np.inf, lost))
    return np.where((lost != 0) & is_even, odd, total).astype(np.float32)


# A normal distribution cut at two deviations has this deviation: jax's initialiser divides by it.
_TRUNCATED_DEVIATION = 0.87962566103423978
_MASS = math.erf(math.sqrt(2))


def lecun_normal_bound(length: int) -> float:
    """The largest magnitude that a lecun-normal weight of a kernel with ``length`` inputs can have."""
    return 2 / (math.sqrt(length) * _TRUNCATED_DEVIATION) * (1 + 8 * UNIT)


def drawn_apart(weights: np.ndarray, length: int, is_accelerated: bool, on_cpu: int = 4) -> np.ndarray:
    """How far apart two compiled programs may draw each of these lecun-normal weights of a kernel with ``length`` rows.

    On the CPU ``on_cpu`` roundings of the weight. The compiler of an accelerator may leave out the rounding between a
    multiplication and an addition, in one program and not in the other. A weight is ``scale * sqrt(2) * erfinv(u)``:
    the polynomial of erfinv (M. Giles, Approximating the erfinv function, 2012) is then within 16 roundings, and
    ``u = minval + fraction * (maxval - minval)`` within two of a number below 2, however small the sum is. What that
    does to a weight is the derivative of erfinv, which is ``sqrt(pi) / 2 * exp(erfinv(u) ** 2)``.
    """
    wide = np.abs(weights.astype(np.float64))
    if not is_accelerated:
        return on_cpu * 2 * UNIT * wide
    scale = 1 / (math.sqrt(length) * _TRUNCATED_DEVIATION)
    slope = scale * math.sqrt(math.pi / 2) * np.exp((wide / scale) ** 2 / 2)
    return 16 * 2 * UNIT * wide + 2 * 2 * UNIT * slope


def assert_drawn_alike(actual: np.ndarray, expected: np.ndarray, apart: np.ndarray) -> None:
    """Assert that weights of one shape are no further apart than this."""
    assert actual.shape == expected.shape, f"shape {actual.shape}, expected {expected.shape}"
    wrong = np.abs(actual.astype(np.float64) - expected) > np.maximum(apart, TINY)
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise AssertionError(f"entry {at} is {actual[at]}, expected {expected[at]} within {apart[at]:.3g}")


def lecun_normal_distance(weights: np.ndarray, length: int) -> float:
    """The largest distance between the weights' empirical distribution and lecun normal's."""
    ordered = np.sort(weights.reshape(-1).astype(np.float64)) * math.sqrt(length) * _TRUNCATED_DEVIATION
    error_function = np.vectorize(math.erf, otypes=[float])
    cumulative = np.clip(0.5 + error_function(ordered / math.sqrt(2)) / (2 * _MASS), 0, 1)
    steps = np.arange(ordered.size + 1) / ordered.size
    return float(max((steps[1:] - cumulative).max(), (cumulative - steps[:-1]).max()))


def distance_exceeded_with(probability: float, samples: int) -> float:
    """The distance that true samples exceed with at most this probability (Dvoretzky-Kiefer-Wolfowitz, Massart)."""
    return math.sqrt(math.log(2 / probability) / (2 * samples))
