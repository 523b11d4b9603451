"""position cell: the statements stand in store/migrations/sql/0015_position_cell.sql."""

from store.migrate import run_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    run_sql("0015_position_cell")
