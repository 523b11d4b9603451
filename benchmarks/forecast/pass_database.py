"""Whole passes of the forecast loop over many cages on a real PostgreSQL; part of ``forecast_pass.py``."""

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.forecast_pass import AT, HOUR, RECORDS, RULES_DIR, SEED, load_rules, place, record
from core.reading import SeriesKey
from services.forecast import ForecastMemory, forecast_once
from services.postgres import EmbeddedPostgres, PostgresSettings
from store import migrate
from store.database import Database
from store.places import Cage, Farm
from store.store import Store


async def database_pass(cages):
    """Return what whole passes over so many cages take on a real PostgreSQL: our CPU, wall clock, by step."""

    with tempfile.TemporaryDirectory() as home:
        settings = PostgresSettings(home=Path(home) / "pg", parameters={"synchronous_commit": "off"})
        with EmbeddedPostgres(settings) as server:
            migrate.upgrade(server.dsn(), AT, want="plain")
            async with Database.session(server.dsn(), statement_limit_s=600) as database:
                store = Store(database)
                await fill(database, store, cages)
                figures, memory = {}, ForecastMemory()
                passes = (("first", AT), ("warm", AT + HOUR), ("scoring", AT + 50 * HOUR))
                for name, at in passes:
                    began, cpu = time.perf_counter(), time.process_time()
                    report = await forecast_once(store, RULES_DIR, at, memory)
                    figures[f"db_{name}_s"] = time.perf_counter() - began
                    figures[f"db_{name}_cpu_s"] = time.process_time() - cpu
                    figures[f"db_{name}_issued"] = report.issued
                    figures[f"db_{name}_fitted"] = report.fitted
                    figures[f"db_{name}_scored"] = report.scored
                return figures


async def fill(database, store, cages):
    """Write the roll-ups of so many cages with two years of past, and three days beyond for the truth."""

    rules, random = load_rules(RULES_DIR / "forecast.toml"), np.random.default_rng(SEED)
    records = {q: record(q, rules.history_days * 24) for q in RECORDS}
    for cage in range(cages):
        farm = f"f{cage // 20:03d}"
        if cage % 20 == 0:
            await store.places.save_farm(Farm(farm_id=farm, name_zh=farm, district_id="d", lat_deg=27.8, lon_deg=121.2))
        cage_id = f"{farm}-c{cage:04d}"
        await store.places.save_cage(Cage(cage_id=cage_id, farm_id=farm, name_zh=cage_id, lat_deg=27.8, lon_deg=121.2))
        for quantity in RECORDS:
            here = place(rules, quantity, records[quantity], cage, random)
            await write(database, store, cage_id, {quantity: here.series.y} | dict(here.series.covariates))


COPY = "copy reading_hourly (bucket_at, series_id, n, n_good, value_min, value_max, value_avg) from stdin"


async def write(database, store, cage_id, columns):

    keys = [SeriesKey(cage=cage_id, point="p", quantity=quantity) for quantity in columns]
    numbers = await store.readings.ensure_series(keys)
    first = AT.replace(minute=0)
    async with database.transaction() as tx:
        for key, y in zip(keys, columns.values(), strict=True):
            known = np.flatnonzero(np.isfinite(y))
            copy = tx.connection.cursor()
            async with copy.copy(COPY) as rows:
                for hour in known:
                    at, value = first + (int(hour) - len(y) + 72) * HOUR, float(y[hour])
                    await rows.write_row((at, numbers[key], 6, 6, value, value, value))
