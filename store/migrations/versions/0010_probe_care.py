"""probe care: the statements stand in store/migrations/sql/0010_probe_care.sql."""

from store.migrate import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run_sql("0010_probe_care")
