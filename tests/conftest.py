"""Shared fixtures, one module per kind of real part; seeds are printed, servers listen on loopback only.

Generated examples are the same in every run, and how long one takes is not judged: a loaded machine fails nothing.
HUANGYU_EXPLORE=1 draws new ones each time.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "same",
    deadline=None,
    derandomize=not os.environ.get("HUANGYU_EXPLORE"),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("same")

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.broker",
    "tests.fixtures.simulator",
    "tests.fixtures.browser",
]
