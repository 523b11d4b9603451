"""operations: the statements stand in store/migrations/sql/0008_operations.sql."""

from store.migrate import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_sql("0008_operations")
