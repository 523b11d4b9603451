"""safety: the statements stand in store/migrations/sql/0007_safety.sql."""

from store.migrate import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_sql("0007_safety")
