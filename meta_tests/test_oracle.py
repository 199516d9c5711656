"""The oracle tried on NumPy alone: it accepts whatever float32 may do, and nothing that is worse."""

import itertools
import math
from functools import reduce
from statistics import NormalDist

import numpy as np
import pytest

from impl.errors import CannotCompare
from properties.support import oracle

LENGTHS = (1, 2, 7, 64, 137)
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def _arrays(length: int, features: int = 9, seed: int = 0) -> Arrays:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(length) * 10.0 ** rng.integers(-3, 6, length)
    kernel = rng.standard_normal((length, features)) / math.sqrt(length)
    return x.astype(np.float32), kernel.astype(np.float32), rng.standard_normal(features).astype(np.float32)


def _accepts(output: np.ndarray, arrays: Arrays) -> bool:
    try:
        oracle.assert_close(output, oracle.affine(*arrays))
    except AssertionError:
        return False
    return True


def _summed(terms: list[np.ndarray]) -> np.ndarray:
    return reduce(np.add, terms)


def _pairwise(terms: list[np.ndarray]) -> np.ndarray:
    half = len(terms) // 2
    return terms[0] if len(terms) == 1 else _pairwise(terms[:half]) + _pairwise(terms[half:])


def _rounded_to(array: np.ndarray, bits: int) -> np.ndarray:
    """``array`` with so many bits of mantissa: 10 as TF32 has, 7 as bfloat16."""
    mantissa, exponent = np.frexp(array.astype(np.float64))
    return np.ldexp(np.round(mantissa * 2.0 ** (bits + 1)) / 2.0 ** (bits + 1), exponent).astype(np.float32)


@pytest.mark.parametrize("length", LENGTHS)
def test_every_order_of_summation_is_accepted(length: int) -> None:
    """Float32 products summed forward, backward, shuffled, sorted or in pairs are within the bound."""
    for seed in range(20):
        arrays = x, kernel, bias = _arrays(length, seed=seed)
        terms = list(x[:, None] * kernel)
        shuffled = [terms[i] for i in np.random.default_rng(seed).permutation(length)]
        by_size = [np.sort(np.stack(terms), axis=0)[i] for i in range(length)]
        for order in (terms, terms[::-1], shuffled, by_size, by_size[::-1]):
            assert _accepts(_summed(order) + bias, arrays)
            assert _accepts(_pairwise(order) + bias, arrays)


@pytest.mark.parametrize("length", LENGTHS)
def test_fused_multiply_add_is_accepted(length: int) -> None:
    """A product that is not rounded before it is added, or only at the end of all, is within the bound."""
    for seed in range(20):
        arrays = x, kernel, bias = _arrays(length, seed=seed)
        total = np.zeros(len(bias), np.float32)
        for value, row in zip(x, kernel, strict=True):
            total = (total + value.astype(np.float64) * row).astype(np.float32)
        assert _accepts(total + bias, arrays)
        assert _accepts((x.astype(np.float64) @ kernel + bias).astype(np.float32), arrays)


@pytest.mark.parametrize("bits", [7, 10], ids=["bfloat16", "TF32"])
@pytest.mark.parametrize("length", LENGTHS)
def test_low_precision_is_rejected(length: int, bits: int) -> None:
    """Operands rounded to bfloat16 or TF32 break the bound, however exact the sum is."""
    arrays = x, kernel, bias = _arrays(length)
    low = _rounded_to(x, bits).astype(np.float64) @ _rounded_to(kernel, bits) + bias
    assert not _accepts(low.astype(np.float32), arrays)


@pytest.mark.parametrize("length", LENGTHS)
def test_ten_times_the_bound_is_rejected(length: int) -> None:
    """A single entry that is off by ten times its bound is found, in either direction."""
    arrays = _arrays(length)
    expected = oracle.affine(*arrays)
    for entry, sign in itertools.product(range(9), (-1, 1)):
        output = expected.value.copy()
        output[entry] += sign * 10 * expected.bound[entry]
        assert not _accepts(output, arrays)


@pytest.mark.parametrize("length", [1, 2, 7])
def test_ten_units_in_the_last_place_are_rejected(length: int) -> None:
    """Where no terms cancel, a short product that is ten units in the last place off is found."""
    x, kernel, bias = (np.abs(array) for array in _arrays(length))
    exact = (x.astype(np.float64) @ kernel + bias).astype(np.float32)
    assert not _accepts(exact * np.float32(1 + 10 * 2**-23), (x, kernel, bias))


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_nan_and_infinity_are_rejected(wrong: float) -> None:
    """An entry that is NaN or infinite where the value is not is found."""
    arrays = _arrays(7)
    output = oracle.affine(*arrays).value
    output[3] = wrong
    assert not _accepts(output, arrays)


def test_nothing_is_said_of_what_may_overflow() -> None:
    """Where the terms may exceed float32 any output will do, and elsewhere in the same output none but the right."""
    x, bias = np.full(4, 1e38, np.float32), np.zeros(2, np.float32)
    kernel = np.array([[1, 1e-6]] * 4, np.float32)
    right = float(oracle.affine(x, kernel, bias).value[1])
    assert _accepts(np.array([np.inf, right]), (x, kernel, bias))
    assert not _accepts(np.array([np.inf, right * 1.001]), (x, kernel, bias))


def test_flushed_subnormals_are_accepted() -> None:
    """Subnormal operands and results may count as zero."""
    tiny = np.full(5, oracle.TINY / 2, np.float32)
    arrays = tiny, np.ones((5, 2), np.float32), np.zeros(2, np.float32)
    assert _accepts(np.zeros(2), arrays)
    assert not _accepts(np.full(2, 100 * oracle.TINY), arrays)


def test_fused_sum_may_start_with_the_bias() -> None:
    """A sum that starts with a large bias is off by more than an eager one may be, and by no more than a fused one."""
    x, kernel, bias = _arrays(137)
    x = (x / np.abs(x).max() * 1e-3).astype(np.float32)
    output = _summed([bias + 8, *(x[:, None] * kernel)])
    arrays = x, kernel, bias + 8
    assert not _accepts(output, arrays)
    oracle.assert_close(output, oracle.affine(*arrays, fused=True))
    with pytest.raises(AssertionError):
        oracle.assert_close(output * (1 + 1e-4), oracle.affine(*arrays, fused=True))


def test_wrong_shape_is_rejected() -> None:
    """An output with an axis more or an entry less is not broadcast into a right one."""
    arrays = _arrays(7)
    value = oracle.affine(*arrays).value
    for output in (value[None], value[:-1], value[:1], np.array(value.sum())):
        assert not _accepts(output, arrays)


SAME = [(0.0, 0.0), (np.nan, -np.nan), (np.inf, np.inf), (-0.0, -0.0)]
OTHER = [(0.0, -0.0), (np.nan, 0.0), (np.inf, -np.inf), (1.0, np.nextafter(np.float32(1), np.float32(2)))]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same_bits(one: float, other: float) -> None:
    """Equal numbers are the same, and any NaN is any other."""
    oracle.assert_same_bits(np.array([one], np.float32), np.array([other], np.float32))


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other_bits(one: float, other: float) -> None:
    """The sign of a zero is seen, and a single unit in the last place."""
    with pytest.raises(AssertionError, match="entry"):
        oracle.assert_same_bits(np.array([1, one], np.float32), np.array([1, other], np.float32))


def test_same_bits_of_other_shape_or_dtype() -> None:
    """Numbers that are equal as another dtype or shape are not the same bits."""
    one = np.array([1, 2], np.float32)
    for other in (one.astype(np.float64), one[None], one[:1], np.array([1, 2], np.int32)):
        with pytest.raises(AssertionError, match=r"^(shape|dtype) "):
            oracle.assert_same_bits(one, other)


def test_drawn_weights_are_compared() -> None:
    """On the CPU within so many roundings."""
    one = np.array([1.0, -0.5], np.float32)
    apart = oracle.drawn_apart(one, 1, is_accelerated=False)
    oracle.assert_drawn_alike(one * np.float32(1 + 4 * 2**-23), one, apart)
    with pytest.raises(AssertionError, match=r"entry \(0,\) is 1.0000"):
        oracle.assert_drawn_alike(one * np.float32(1 + 5 * 2**-23), one, apart)


@pytest.mark.parametrize("length", [1, 64])
def test_draw_without_a_rounding_is_alike_on_an_accelerator(length: int) -> None:
    """A fused multiplication and addition stays within the bound, which is many roundings of a small weight."""
    low = np.float32(math.erf(-math.sqrt(2)))
    width = np.float32(-2 * low)
    fractions = np.random.default_rng(0).integers(0, 2**23, 4000).astype(np.float32) / np.float32(2**23)
    fused = (fractions.astype(np.float64) * width + low).astype(np.float32)
    unfused = fractions * width + low
    scale = 1 / (math.sqrt(length) * 0.87962566103423978)
    inverse = np.vectorize(NormalDist(0, scale).inv_cdf, otypes=[float])
    one, other = (inverse((1 + drawn.astype(np.float64)) / 2) for drawn in (fused, unfused))
    apart = oracle.drawn_apart(one, length, is_accelerated=True)
    oracle.assert_drawn_alike(other, one, apart)
    assert (np.abs(one - other) / np.abs(one)).max() > 100 * 2**-23
    assert (apart < scale * 2e-5).all()


def _lecun_normal(length: int, samples: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    drawn = rng.standard_normal(samples * 11 // 10)
    kept = drawn[np.abs(drawn) < 2][:samples]
    assert len(kept) == samples
    deviation = 0.87962566103423978  # of a normal distribution that is cut at two deviations
    return (kept / deviation / math.sqrt(length)).astype(np.float32)


def test_lecun_normal_is_recognised() -> None:
    """True samples stay below the distance that they exceed once in a billion times, and within two deviations."""
    for seed in range(5):
        weights = _lecun_normal(137, 1_000_000, seed)
        distance = oracle.lecun_normal_distance(weights, 137)
        assert distance <= oracle.distance_exceeded_with(1e-9, weights.size)
        assert np.abs(weights).max() <= oracle.lecun_normal_bound(137)


@pytest.mark.parametrize("scale", [0.97, 1.03])
def test_three_percent_are_seen(scale: float) -> None:
    """A million samples that are three percent too large or too small exceed the distance."""
    weights = _lecun_normal(137, 1_000_000, seed=0) * np.float32(scale)
    distance = oracle.lecun_normal_distance(weights, 137)
    assert distance > oracle.distance_exceeded_with(1e-9, weights.size)


def test_other_distributions_are_seen() -> None:
    """Uniform weights of the same variance exceed the distance, and a shift by a fiftieth of a deviation does."""
    limit = oracle.distance_exceeded_with(1e-9, 1_000_000)
    uniform = np.random.default_rng(0).uniform(-1, 1, 1_000_000) * math.sqrt(3 / 137)
    shifted = _lecun_normal(137, 1_000_000, seed=0) + 0.02 / math.sqrt(137)
    assert oracle.lecun_normal_distance(uniform, 137) > limit
    assert oracle.lecun_normal_distance(shifted, 137) > limit


@pytest.mark.parametrize("dtype", ["float16", "float32", "complex64", "int8", "bool"])
def test_same_bits_are_told_of_every_type(dtype: str) -> None:
    """Equal arrays of a type are accepted, and one entry that differs is not."""
    array = np.array([0, 1, 1], dtype)
    oracle.assert_same_bits(array, array.copy())
    with pytest.raises(AssertionError, match="1 differ"):
        oracle.assert_same_bits(array, np.array([0, 1, 0], dtype))


def test_signs_of_zero_and_nans_of_complex_numbers_count() -> None:
    """A zero of the other sign in either part is another number; a NaN in the same part is the same."""
    for other in (complex(-0.0, 0.0), complex(0.0, -0.0)):
        with pytest.raises(AssertionError, match="1 differ"):
            oracle.assert_same_bits(np.array([0j]), np.array([other]))
    oracle.assert_same_bits(np.array([complex(math.nan, 1)]), np.array([complex(math.nan, 1)]))
    with pytest.raises(AssertionError, match="1 differ"):
        oracle.assert_same_bits(np.array([complex(math.nan, 1)]), np.array([complex(math.nan, 2)]))


def test_what_cannot_be_compared_is_no_verdict() -> None:
    """A type that the comparison does not know raises CannotCompare, which is not an AssertionError."""
    structured = np.zeros(2, [("a", "i4"), ("b", "i4")])
    with pytest.raises(CannotCompare):
        oracle.assert_same_bits(structured, structured)
