"""How often a property may raise a false alarm, given how often it did."""

from math import comb

CONFIDENCE = 0.95


def upper_bound(alarms: int, runs: int, confidence: float = CONFIDENCE) -> float:
    """The one-sided Clopper-Pearson bound of the rate: a larger one gives so few alarms too rarely.

    1.0 where every run raised an alarm, or there was none.
    """
    if alarms >= runs:
        return 1.0
    if alarms == 0:
        return 1 - (1 - confidence) ** (1 / runs)
    low, high = alarms / runs, 1.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(alarms, runs, middle) > 1 - confidence else (low, middle)
    return high


def _at_most(alarms: int, runs: int, rate: float) -> float:
    """The probability of so many alarms or fewer, if each run raises one with this rate."""
    return sum(comb(runs, one) * rate**one * (1 - rate) ** (runs - one) for one in range(alarms + 1))
