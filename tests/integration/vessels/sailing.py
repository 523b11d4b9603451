"""Simulated traffic put into a database, for the tests of this folder."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

from firmware_sim.traffic import Traffic, build_traffic
from store.store import Store
from store.targets import Particulars
from vessels.ais import Decoder
from vessels.register import read_csv
from vessels.reports import StaticReport

RULES = Path(__file__).parents[3] / "config" / "rules"
ANCHOR = datetime(2026, 11, 20, 4, tzinfo=UTC)


def register_csv(rows: list[dict[str, str]]) -> bytes:
    """Return rows as the bytes of a register CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def particulars(report: StaticReport) -> Particulars:
    """Return a decoded report as ingest stores it."""
    names = [name for name in Particulars.__dataclass_fields__ if name not in ("mmsi", "part")]
    return Particulars(mmsi=report.mmsi, part=report.part, **{name: getattr(report, name) for name in names})


async def sail(store: Store, seed: int, hours: float) -> tuple[Traffic, dict[int, str]]:
    """Store simulated traffic and its register; return it with the true class by MMSI."""
    traffic = build_traffic(scenario="intruder", seed=seed, anchor=ANCHOR)
    file = read_csv(register_csv(traffic.register_rows()))
    await store.register.import_file(file, ANCHOR - timedelta(days=1), actor="test")
    batch = Decoder().feed([heard.tagged() for heard in traffic.sentences(hours=hours)])
    await store.positions.add(batch.positions, ANCHOR)
    await store.targets.save_statics([(r.observed_at, particulars(r)) for r in batch.statics])
    return traffic, {mmsi: label.target_class for label in traffic.labels for mmsi in label.mmsis}
