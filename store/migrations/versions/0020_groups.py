"""groups: the statements stand in store/migrations/sql/0020_groups.sql."""

from store.migrate import run_sql

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    run_sql("0020_groups")
