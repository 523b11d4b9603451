"""What the gateway costs and carries: CPU, memory, missed cycles, accept rate, drain rate, live delay.

1. 64 units of 12 registers each second over Modbus TCP and 100 AIS messages/s into a real broker and shore, measured
   on the gateway process from outside.
2. Accept rate of the spool alone: batches of 1,000 readings with ``synchronous=FULL``.
3. A backlog drained over loopback to committed rows (real ingest and PostgreSQL) while live readings go on.

    benchmarks/gateway_load.py [--quick] [--json] [--seconds 60] [--soak]
"""

import argparse
import asyncio
import contextlib
import json
import sqlite3
import statistics
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import psycopg
from gateway_rig import HUANGYU, Part, load, machine, rig
from pyais import encode_dict

from core.reading import ClockState
from core.topics import Stream
from gateway.spool import Item, Spool
from tests.fixtures.broker import amqtt_process, free_port, mosquitto_process
from tests.fixtures.instruments import Unit, modbus_tcp
from tests.fixtures.shore import shore_on

UNITS, AIS_PER_S = 64, 100
PROFILE = "\n".join(
    ['id = "load12"', 'title = "Load"', 'source = "benchmark: twelve registers in one block"', 'convention = "zero"']
    + [
        f'[[register]]\nquantity = "{quantity}"\naddress = {index}\ntype = "int16"\nscale = 0.01\n'
        for index, quantity in enumerate(
            ["do_mg_l", "do_sat_pct", "water_temp_c", "salinity_psu", "ph", "turbidity_ntu", "chlorophyll_ug_l",
             "current_mps", "hs_m", "tp_s", "wind_mps", "battery_v"]
        )
    ]
)  # fmt: skip


def config_text(host: str, port: int, devices: list[int], ais: int | None, profiles: Path, http: int = 0) -> str:
    rows = [
        f'[gateway]\nid = "gw-dt01"\nprofiles = "{profiles}"\n[broker]\nhost = "{host}"\nport = {port}\n'
        f'username = "gw-dt01"\n[http]\nport = {http}\n[ais]\nclass_b_s = 0.0\n'
    ]
    for index, device in enumerate(devices):
        rows.append(f'[[bus]]\nname = "b{index}"\ntransport = "tcp"\nport = {device}\n')
    rows += [
        (
            f'[[unit]]\nname = "u{number}"\nbus = "b{number % len(devices)}"\nunit = {number + 1}\nprofile = "load12"\n'
            f'cage = "dt01-c{number:02d}"\npoint = "d2"\nperiod_s = 1.0\n'
        )
        for number in range(UNITS if devices else 0)
    ]
    if ais is not None:
        rows.append(f'[[nmea]]\nname = "rx1"\ntransport = "tcp"\nport = {ais}\n')
    return "\n".join(rows)


async def ais_feed(writer: asyncio.StreamWriter) -> None:
    lines = [
        encode_dict({"type": 18, "mmsi": 412_000_000 + n, "lat": 27.8, "lon": 121.2, "speed": 6.0}, talker_id="AI")[0]
        for n in range(2000)
    ]
    count = 0
    with contextlib.suppress(OSError):
        while True:
            for _ in range(AIS_PER_S // 10):
                writer.write(lines[count % len(lines)].encode() + b"\r\n")
                count += 1
            await writer.drain()
            await asyncio.sleep(0.1)


def accept_rate(folder: Path, seconds: float) -> float:
    """Return readings accepted a second in batches of 1,000, median of one-second windows. [1/s]"""
    spool = Spool(folder / "accept.sqlite", boot="bench", now_s=time.time(), quota_bytes=1 << 30, ballast_bytes=0)
    items = [
        Item(stream=Stream.READING, name=f"dt01-c{n % 64:02d}.d2.do_mg_l", t_ms=n, clock=ClockState.SYNCED, value=6.5)
        for n in range(1000)
    ]
    windows, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until:
        began, count = time.perf_counter(), 0
        while time.perf_counter() - began < 0.5:
            spool.commit(items)
            count += len(items)
        windows.append(count / (time.perf_counter() - began))
    spool.close()
    return statistics.median(windows)


def cpu_s(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


async def cost(folder: Path, seconds: float, broker: str) -> dict[str, float]:
    """Part 1: the gateway as its own process against a real broker and a shore that acknowledges."""
    profiles = folder / "profiles"
    profiles.mkdir()
    (profiles / "load12.toml").write_text(PROFILE)
    broker_folder = folder / "broker"
    broker_folder.mkdir()
    made = (amqtt_process if broker == "amqtt" else mosquitto_process)(broker_folder, free_port())
    made.start()
    units = {n + 1: Unit(address=n + 1, registers={(3, a): 650 + a for a in range(12)}) for n in range(UNITS)}
    server = await asyncio.start_server(lambda reader, writer: ais_feed(writer), "127.0.0.1", 0)
    async with contextlib.AsyncExitStack() as stack:
        devices = [(await stack.enter_async_context(modbus_tcp(units)))[0] for _ in range(8)]
        ais = server.sockets[0].getsockname()[1]
        http, config = free_port(), folder / "cost.toml"
        config.write_text(config_text("127.0.0.1", made.port, devices, ais, profiles, http))
        shore = await stack.enter_async_context(shore_on(made))
        command = [HUANGYU, "gateway", "run", "--config", str(config), "--spool", str(folder / "cost.sqlite")]
        part = Part("gateway", command, folder, {"HUANGYU_MQTT_PASSWORD": made.gateway_password})
        part.start()
        try:
            return await _measure(part, shore, http, seconds)
        finally:
            part.end(15)
            server.close()
            made.stop()


async def _measure(part: Part, shore: Any, http: int, seconds: float) -> dict[str, float]:
    await asyncio.sleep(6.0)
    process = psutil.Process(part.pid())
    began, used, rows, written = time.perf_counter(), cpu_s(process), len(shore.rows), process.io_counters().write_bytes
    sizes = []
    while time.perf_counter() - began < seconds:
        await asyncio.sleep(1.0)
        sizes.append(process.memory_info().rss)
    span = time.perf_counter() - began
    cpu = 100 * (cpu_s(process) - used) / span
    written = process.io_counters().write_bytes - written
    expected = (UNITS * 12 + AIS_PER_S) * span
    received = len(shore.rows) - rows
    missed = await asyncio.to_thread(missed_cycles, http)
    return {
        "missed_cycles": missed, "cpu_pct": round(cpu, 1), "rss_mb": round(statistics.median(sizes) / 1e6, 1),
        "rss_growth_pct": round(100 * (sizes[-1] / sizes[0] - 1), 1), **_course(sizes),
        "rows_per_s": round(received / span, 1),
        "expected_rows_per_s": round(expected / span, 1), "written_gb_per_day": round(written / span * 86_400 / 1e9, 2),
    }  # fmt: skip


def _course(sizes: list[int]) -> dict[str, Any]:
    """Return how memory went, by tenths of the run [MB], and its growth from the second tenth to the last [%]."""
    part = max(1, len(sizes) // 10)
    tenths = [statistics.median(sizes[i * part : (i + 1) * part]) / 1e6 for i in range(min(10, len(sizes) // part))]
    settled = tenths[1] if len(tenths) > 1 else tenths[0]
    return {
        "rss_course_mb": [round(one, 1) for one in tenths],
        "rss_growth_settled_pct": round(100 * (tenths[-1] / settled - 1), 1),
    }


def missed_cycles(http: int) -> int:
    """Return how many polling cycles the gateway left out, by its own metrics."""
    with urllib.request.urlopen(f"http://127.0.0.1:{http}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return sum(int(float(line.rsplit(" ", 1)[1])) for line in lines if line.startswith("huangyu_unit_missed_total{"))


async def drain(folder: Path, rows: int, calm_s: float) -> dict[str, float]:
    """Part 3: a backlog and live readings together, to committed rows; then live readings alone for `calm_s`."""
    profiles = folder / "profiles"
    units = {n + 1: Unit(address=n + 1, registers={(3, a): 650 + a for a in range(12)}) for n in range(UNITS)}
    own = folder / "drain"
    own.mkdir()
    async with modbus_tcp(units) as (device, _):

        def text(host: str, port: int) -> str:
            return config_text(host, port, [device], None, profiles)

        async with rig(own, broker="mosquitto", gateway_toml=text, net=None, env={}) as here:
            here.parts["gateway"].end(15)
            _fill(here.spool, rows)
            dsn = here.dsn["huangyu_admin"]
            here.restart("gateway")
            delays: list[float] = []
            course: list[tuple[float, int]] = []
            began = time.perf_counter()
            while (not course or course[-1][1] < rows) and time.perf_counter() - began < 90:
                await asyncio.sleep(0.25)
                done, fresh = await asyncio.to_thread(_progress, dsn)
                delays += fresh
                course.append((time.perf_counter(), done))
            calm: list[float] = []
            until = time.perf_counter() + calm_s
            while time.perf_counter() < until:
                await asyncio.sleep(0.25)
                calm += (await asyncio.to_thread(_progress, dsn))[1]
            return {
                "drain_per_s": round(_rate(course, rows)), "drained": course[-1][1], "live_p99_s": _p99(delays),
                "committed_p50_s": round(statistics.median(calm), 2) if calm else -1.0, "committed_p99_s": _p99(calm),
            }  # fmt: skip


def _p99(delays: list[float]) -> float:
    return round(sorted(delays)[int(len(delays) * 0.99)], 2) if delays else -1.0


def _rate(course: list[tuple[float, int]], rows: int) -> float:
    """Return rows a second between the first tenth and the last of the backlog: starts of processes do not count."""
    inside = [(at, done) for at, done in course if rows * 0.05 <= done]
    if len(inside) < 2:
        return 0.0
    return (inside[-1][1] - inside[0][1]) / (inside[-1][0] - inside[0][0])


def _fill(path: Path, rows: int) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        boot = db.execute("select boot from boot").fetchone()[0]
    spool = Spool(path, boot=boot, now_s=time.time(), ballast_bytes=0)
    start_ms = int(time.time() * 1000) - 86_400_000
    for begin in range(0, rows, 5000):
        spool.commit(
            [
                Item(
                    stream=Stream.READING, name=f"dt01-b{n % 50:02d}.d2.do_mg_l", t_ms=start_ms + n // 50 * 1000,
                    clock=ClockState.SYNCED, value=6.5,
                )
                for n in range(begin, min(rows, begin + 5000))
            ]
        )  # fmt: skip
    spool.close()


_noted: set[tuple[int, Any]] = set()


def _progress(dsn: str) -> tuple[int, list[float]]:
    """Return backlog rows that are in, and the delay from sensor to row of live rows seen first now."""
    with psycopg.connect(dsn) as pg:
        done = pg.execute(
            "select count(*) from reading join series using (series_id) where cage_id like 'dt01-b%'"
        ).fetchone()
        live = pg.execute(
            "select series_id, observed_at, extract(epoch from received_at - observed_at) from series_latest "
            "join series using (series_id) where cage_id like 'dt01-c%'"
        ).fetchall()
    fresh = [float(delay) for number, at, delay in live if (number, at) not in _noted]
    _noted.update((number, at) for number, at, _ in live)
    return int(done[0]) if done else 0, fresh


async def run(options: argparse.Namespace) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="huangyu-load-"))
    folder.chmod(0o755)
    result: dict[str, Any] = {}
    result["accept_per_s"] = round(accept_rate(folder, 2.0 if options.quick else 5.0))
    result |= await cost(folder, options.seconds, options.broker)
    if not options.soak:
        result |= await drain(folder, *((30_000, 8.0) if options.quick else (100_000, 30.0)))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--soak", action="store_true", help="an hour of part 1 only: memory must stay flat within 5 %%")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--broker", choices=["amqtt", "mosquitto"], default="mosquitto")
    options = parser.parse_args()
    options.seconds = 3600.0 if options.soak else 12.0 if options.quick else options.seconds
    before = load()
    result = asyncio.run(run(options))
    result |= {
        "seed": 0, "seconds": options.seconds, "broker": options.broker, "machine": machine(), "load_before": before,
        "method": "gateway as own process; CPU and RSS from /proc; drain to rows in PostgreSQL by real ingest",
    }  # fmt: skip
    print(json.dumps(result) if options.json else "\n".join(f"{k}: {v}" for k, v in result.items()))


if __name__ == "__main__":
    main()
