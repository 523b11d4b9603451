"""Times as mainland providers write them."""

from datetime import UTC, datetime

from alerts.directory import LOCAL


def local_time(text: str, otherwise: datetime) -> datetime:
    """Return a provider's time (``2026-11-23 18:00:00``, Beijing) as an instant; `otherwise` when it is not one."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=LOCAL).astimezone(UTC)
    except ValueError:
        return otherwise
