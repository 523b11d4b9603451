"""Settings of ingest: TOML table ``[ingest]`` of the shore's file."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class IngestSettings:
    """How batches are gathered and which times are believed.

    Parameters
    ----------
    batch_rows
        Records after which a transaction is made at once; more a transaction is faster, up to about 10,000.
    linger_s
        Longest wait for more records before committing what is there. [s]
    queue_messages
        MQTT messages held while the database is away; what comes after is left to the gateways to send again.
    max_future_s
        A record dated further ahead of the shore's clock is put aside. [s]
    max_past_days
        A record older than this is put aside: its roll-ups and partitions may be gone. [days]
    rollup_period_s
        How often touched hours are rolled up on plain PostgreSQL. [s]
    order_period_s
        How often people's orders to gateways are looked for. [s]
    """

    batch_rows: int = 5000
    linger_s: float = 0.1
    queue_messages: int = 2000
    max_future_s: float = 600.0
    max_past_days: float = 400.0
    rollup_period_s: float = 3.0
    order_period_s: float = 1.0

    def __post_init__(self) -> None:
        if not 1 <= self.batch_rows <= 100_000:
            raise ValueError("batch_rows is not between 1 and 100,000.")
        if not 0 <= self.linger_s <= 1:
            raise ValueError("linger_s is not between 0 and 1 s: an acknowledgement must not wait longer.")
        if self.queue_messages < 1:
            raise ValueError("queue_messages is below 1.")
        if not 0.05 <= self.order_period_s <= 60:
            raise ValueError("order_period_s is not between 0.05 and 60 s.")
        if self.max_future_s < 0 or self.max_past_days <= 0:
            raise ValueError("max_future_s and max_past_days must not be negative.")
