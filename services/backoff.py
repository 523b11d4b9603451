"""How long to wait before trying again: exponential, capped, with jitter."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Delays grow from `first_s` by `factor` to `most_s`; `jitter` is the random share on either side."""

    first_s: float = 0.5
    factor: float = 2.0
    most_s: float = 30.0
    jitter: float = 0.2

    def delay_s(self, failures: int, rng: random.Random) -> float:
        """Return the wait after the given number of failures in a row (1 is the first). [s]"""
        exponent = min(max(failures, 1) - 1, 32)
        plain = min(self.most_s, self.first_s * self.factor**exponent)
        return plain * (1 + self.jitter * (2 * rng.random() - 1))
