"""``python -m dashboard``: the same as ``huangyu dashboard``."""

from dashboard.command import app

app()
