"""sea: the statements stand in store/migrations/sql/0001_sea.sql."""

from store.migrate import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_sql("0001_sea")
