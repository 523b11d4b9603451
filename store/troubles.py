"""Which trouble an error of the server or of a connection is, by SQLSTATE or, before a session, by its words."""

import re

import psycopg

from store.errors import Trouble

_BY_STATE = {
    "57014": Trouble.SLOW, "55P03": Trouble.LOCKED, "40P01": Trouble.LOCKED, "25006": Trouble.NO_PRIMARY,
    "53300": Trouble.CONNECTIONS, "53100": Trouble.DISK, "57P01": Trouble.STARTING, "57P02": Trouble.STARTING,
    "57P03": Trouble.STARTING,
}  # fmt: skip
"""PostgreSQL's appendix A, error codes."""
_BY_CLASS = {"08": Trouble.AWAY, "28": Trouble.REFUSED, "3D": Trouble.REFUSED}
_BY_WORDS = (
    (re.compile(r"starting up|shutting down|recovery mode|not yet accepting"), Trouble.STARTING),
    (re.compile(r"read-only|hot standby|not a primary"), Trouble.NO_PRIMARY),
    (re.compile(r"too many (clients|connections)|connection slots"), Trouble.CONNECTIONS),
    (re.compile(r"authentication failed|no pg_hba|does not exist|permission denied|no password"), Trouble.REFUSED),
    (re.compile(r"No space left"), Trouble.DISK),
)
"""libpq gives no SQLSTATE when a session was not even begun; the later host's word counts, so all are looked at."""


def trouble_of(exc: psycopg.Error) -> Trouble:
    """Return which trouble an error is; SERVER for a session's unknown one, AWAY for a connection's."""
    if exc.sqlstate:
        return _BY_STATE.get(exc.sqlstate) or _BY_CLASS.get(exc.sqlstate[:2]) or Trouble.SERVER
    return next((trouble for words, trouble in _BY_WORDS if words.search(str(exc))), Trouble.AWAY)
