"""``huangyu dashboard``."""

from dashboard.command import app

__all__ = ["app"]
