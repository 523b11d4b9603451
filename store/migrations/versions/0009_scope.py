"""scope: the statements stand in store/migrations/sql/0009_scope.sql."""

from store.migrate import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_sql("0009_scope")
