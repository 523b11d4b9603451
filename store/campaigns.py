"""Campaigns: one storm, everyone who must be told, and who still is not."""

from datetime import datetime

from store.database import Executor


class Campaigns:
    """The tables ``campaign`` and ``campaign_recipient``."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def answered(self, message_id: str, at: datetime) -> int:
        """Note that the recipient of a message answered; return how many entries that settles."""
        return await self._db.execute("campaigns/answered", message_id=message_id, at=at)
