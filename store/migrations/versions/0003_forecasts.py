"""forecasts: the statements stand in store/migrations/sql/0003_forecasts.sql."""

from store.migrate import run_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_sql("0003_forecasts")
