"""second factor: the statements stand in store/migrations/sql/0012_second_factor.sql."""

from store.migrate import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run_sql("0012_second_factor")
