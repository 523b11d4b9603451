"""desk: the statements stand in store/migrations/sql/0011_desk.sql."""

from store.migrate import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_sql("0011_desk")
