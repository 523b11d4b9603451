"""What the database may answer, sorted by what the caller can do."""

from enum import StrEnum

from core.errors import StoreError


class Trouble(StrEnum):
    """Why a database cannot answer now: what `huangyu status` names and the operator acts on."""

    AWAY = "away"
    STARTING = "starting"
    NO_PRIMARY = "no_primary"
    CONNECTIONS = "connections"
    POOL = "pool"
    LOCKED = "locked"
    SLOW = "slow"
    DISK = "disk"
    REFUSED = "refused"
    SERVER = "server"


class StoreUnavailableError(StoreError):
    """The database is away, full or too busy: nothing was committed; back off and do the same again."""

    def __init__(self, text: str, trouble: Trouble = Trouble.AWAY) -> None:
        super().__init__(text)
        self.trouble = trouble


class StoreConflictError(StoreError):
    """The row is already there, belongs to nothing, or changed meanwhile: read again before trying again."""
