"""What the database may answer, sorted by what the caller can do."""

from core.errors import StoreError


class StoreUnavailableError(StoreError):
    """The database is away, full or too busy: nothing was committed; back off and do the same again."""


class StoreConflictError(StoreError):
    """The row is already there, belongs to nothing, or changed meanwhile: read again before trying again."""
