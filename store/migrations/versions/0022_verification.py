"""verification: the statements stand in store/migrations/sql/0022_verification.sql."""

from store.migrate import run_sql

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    run_sql("0022_verification")
