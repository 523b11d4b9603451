"""Seeded randomness as plain functions of time: the same (seed, name, time) gives the same value for ever.

Nothing here keeps state, so history and live values join without a seam and a restarted process goes on
where the old one was.
"""

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
_U64 = np.uint64
_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def generator(seed: int, name: str) -> np.random.Generator:
    """Return a random generator of its own for one named part of the sea or the fleet."""
    return np.random.default_rng([seed & 0xFFFFFFFF, zlib.crc32(name.encode())])


def key(seed: int, name: str) -> int:
    """Return a 64-bit key for `uniform` and `normal`."""
    return ((seed & 0xFFFFFFFF) << 32 | zlib.crc32(name.encode())) & _MASK


def uniform(stream: int, counter: ArrayLike) -> Floats:
    """Return numbers in [0, 1) for integer counters: splitmix64 of (stream + counter), Steele et al. 2014."""
    z = np.atleast_1d(np.asarray(counter)).astype(np.int64).astype(_U64)
    with np.errstate(over="ignore"):
        z = z * _U64(_GOLDEN) + _U64((stream * _GOLDEN + 0x632BE59BD9B4E019) & _MASK)
        z = (z ^ (z >> _U64(30))) * _U64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> _U64(27))) * _U64(0x94D049BB133111EB)
        z ^= z >> _U64(31)
    return (z >> _U64(11)).astype(np.float64) * 2.0**-53


def normal(stream: int, counter: ArrayLike) -> Floats:
    """Return standard normal numbers for integer counters (Box and Muller 1958)."""
    counters = np.atleast_1d(np.asarray(counter)).astype(np.int64)
    u, v = uniform(stream, counters * 2), uniform(stream, counters * 2 + 1)
    return np.asarray(np.sqrt(-2.0 * np.log1p(-u)) * np.cos(2.0 * np.pi * v))


@dataclass(frozen=True, kw_only=True)
class Wander:
    """A smooth random function of time with mean 0 and standard deviation 1.

    A sum of cosines with random phases and periods drawn evenly in log period; amplitudes are even, so
    the function has no preferred rhythm between the shortest and the longest period.
    """

    omega: Floats
    phase: Floats

    @classmethod
    def make(cls, seed: int, name: str, *, shortest_h: float, longest_h: float, terms: int = 16) -> "Wander":
        """Return the wander of one name, with periods between the two bounds. [h]"""
        rng = generator(seed, name)
        edges = np.linspace(np.log(shortest_h), np.log(longest_h), terms + 1)
        period_s = np.exp(rng.uniform(edges[:-1], edges[1:])) * 3600.0
        return cls(omega=2.0 * np.pi / period_s, phase=rng.uniform(0.0, 2.0 * np.pi, terms))

    def __call__(self, times: ArrayLike) -> Floats:
        """Return the values at unix times `(n,)`. [s]"""
        t = np.atleast_1d(np.asarray(times, dtype=np.float64))
        angle = t[:, None] * self.omega + self.phase
        return np.asarray(np.cos(angle).sum(axis=1) * np.sqrt(2.0 / self.omega.size))
