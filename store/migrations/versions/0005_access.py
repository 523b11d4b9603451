"""access: the statements stand in store/migrations/sql/0005_access.sql."""

from store.migrate import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_sql("0005_access")
