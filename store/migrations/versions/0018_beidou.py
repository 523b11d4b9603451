"""Beidou positions: the statements stand in store/migrations/sql/0018_beidou.sql."""

from store.migrate import run_sql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    run_sql("0018_beidou")
