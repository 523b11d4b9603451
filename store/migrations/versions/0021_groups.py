"""groups: the statements stand in store/migrations/sql/0021_groups.sql."""

from store.migrate import run_sql

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    run_sql("0021_groups")
