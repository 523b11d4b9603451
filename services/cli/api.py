"""``huangyu api``."""

from dashboard.command import api_app as app

__all__ = ["app"]
