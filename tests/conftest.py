"""Shared fixtures, one module per kind of real part; seeds are printed, servers listen on loopback only."""

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.broker",
    "tests.fixtures.simulator",
    "tests.fixtures.browser",
]
