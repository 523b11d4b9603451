"""limits: the statements stand in store/migrations/sql/0013_limits.sql."""

from store.migrate import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run_sql("0013_limits")
