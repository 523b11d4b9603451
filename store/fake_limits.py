"""Changed limits in memory."""

from store.limits import LimitRow


class FakeLimits:
    """`store.limits.Limits` on a list that a test fills."""

    def __init__(self) -> None:
        self.rows: list[LimitRow] = []

    async def all(self) -> list[LimitRow]:
        """Return every changed limit."""
        return list(self.rows)
