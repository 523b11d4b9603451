"""scope of rows: the statements stand in store/migrations/sql/0017_scope_rows.sql."""

from store.migrate import run_sql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    run_sql("0017_scope_rows")
