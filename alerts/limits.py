"""Rate limits: how fast a provider takes messages, how many one number may get. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of one channel; 0 is none.

    Parameters
    ----------
    per_s
        Messages a second over all numbers.
    number_per_day
        Messages to one number in 24 h (Aliyun: 50 per signature, template and number).
    """

    per_s: float = 0.0
    number_per_day: int = 0


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A token bucket as a value: `tokens` at `at_s` of a monotonic clock. [s]"""

    tokens: float
    at_s: float


def take(bucket: Bucket, now_s: float, per_s: float) -> tuple[Bucket, float]:
    """Return the bucket after one message and how long to wait before sending it. [s]

    The bucket holds what one second allows, so a burst never exceeds twice the rate in any second.
    """
    if per_s <= 0:
        return bucket, 0.0
    filled = min(max(1.0, per_s), bucket.tokens + (now_s - bucket.at_s) * per_s)
    left = filled - 1.0
    return Bucket(tokens=left, at_s=now_s), 0.0 if left >= 0 else -left / per_s
