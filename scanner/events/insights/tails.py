"""How unlikely a count is: the tails of the Poisson and of the negative binomial distribution.

Counts of calls are Poisson distributed where calls come independently of each other. Scripts call in bursts, so the
variance of a baseline is often many times its mean; then the negative binomial distribution with that mean and variance
is used, whose tail is heavier.
"""

from dataclasses import dataclass
from math import exp, lgamma, log

_EVEN = 1.05
"""Up to this ratio of variance to mean the counts are taken as Poisson distributed."""

_NEGLIGIBLE = 1e-3
"""What the terms that are left out may add to a sum, as a part of it."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The count that a baseline lets expect in a window: its ``mean`` (above 0) and its ``variance``."""

    mean: float
    variance: float

    def at_least(self, count: int, enough: float) -> float:
        """The probability of ``count`` events or more; where it is above ``enough``, some number above it."""
        if count <= self.mean:
            return 1.0
        total, term, at = 0.0, exp(self._log_of(count)), count
        while True:
            total += term
            ratio = self._next(at)
            if total > enough or term * ratio <= (1 - ratio) * total * _NEGLIGIBLE:
                return total
            term *= ratio
            at += 1

    def at_most(self, count: int, enough: float) -> float:
        """The probability of ``count`` events or fewer; where it is above ``enough``, some number above it."""
        if count >= self.mean:
            return 1.0
        total, term, at = 0.0, exp(self._log_of(count)), count
        while True:
            total += term
            if total > enough or at == 0:
                return total
            term /= self._next(at - 1)
            at -= 1
            if term <= total * _NEGLIGIBLE / (at + 1):
                return total

    @property
    def _size(self) -> float:
        """The ``r`` of the negative binomial distribution; 0 for Poisson."""
        return self.mean**2 / (self.variance - self.mean) if self.variance > self.mean * _EVEN else 0.0

    def _log_of(self, count: int) -> float:
        """The logarithm of the probability of exactly ``count`` events."""
        size, mean = self._size, self.mean
        if not size:
            return count * log(mean) - mean - lgamma(count + 1)
        spread = size + mean
        choose = lgamma(count + size) - lgamma(size) - lgamma(count + 1)
        return choose + size * log(size / spread) + count * log(mean / spread)

    def _next(self, count: int) -> float:
        """How many times as likely ``count`` + 1 is as ``count``; below 1 above the mean."""
        size, mean = self._size, self.mean
        return mean / (count + 1) if not size else (count + size) / (count + 1) * mean / (size + mean)
