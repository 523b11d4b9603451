"""farm: the statements stand in store/migrations/sql/0006_farm.sql."""

from store.migrate import run_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_sql("0006_farm")
