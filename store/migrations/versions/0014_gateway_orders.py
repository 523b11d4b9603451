"""gateway orders: the statements stand in store/migrations/sql/0014_gateway_orders.sql."""

from store.migrate import run_sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    run_sql("0014_gateway_orders")
