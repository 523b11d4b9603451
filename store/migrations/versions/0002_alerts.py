"""alerts: the statements stand in store/migrations/sql/0002_alerts.sql."""

from store.migrate import run_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_sql("0002_alerts")
