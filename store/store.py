"""All families on one executor: `Store(database)` for single queries, `store.transaction()` to bind them together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from store.database import Executor
from store.safety import Safety


class Store:
    """The database, by table family. Add a family with one import and one line."""

    def __init__(self, db: Executor) -> None:
        self.db = db
        self.safety = Safety(db)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Self]:
        """Return the same families bound to one transaction: committed at the end, undone on an error."""
        async with self.db.transaction() as bound:
            yield type(self)(bound)
