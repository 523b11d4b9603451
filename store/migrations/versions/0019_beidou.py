"""Beidou positions: the statements stand in store/migrations/sql/0019_beidou.sql."""

from store.migrate import run_sql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    run_sql("0019_beidou")
