"""codes: the statements stand in store/migrations/sql/0016_codes.sql."""

from store.migrate import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run_sql("0016_codes")
