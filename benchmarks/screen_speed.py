"""How fast: recorded NMEA to verdicts on one core, and one message at a time beside 20,000 live targets.

Batch: simulated traffic of 300 targets from bytes to verdicts. Stream: 20,000 live targets; each message is decoded,
tracked and its target judged; the 99 % quantile of that, by the clock and in processor time (a busy machine).
"""

import gc
import time
import tracemalloc
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from screen_common import ANCHOR, arguments, labelled, machine, report

from vessels.ais import Decoder
from vessels.ais_columns import PositionColumns
from vessels.register import Register
from vessels.reports import StaticReport
from vessels.rules import Rules
from vessels.screen import Screener, sorted_columns

LIVE = 20_000
_ARMOUR = [chr(v + 48 if v < 40 else v + 56) for v in range(64)]


def batch_rate(lines: list[str], register: Register, rules: Rules) -> tuple[float, int]:
    """Return messages a second and how many."""
    block = "\n".join(lines).encode()
    times = np.full(1, ANCHOR.timestamp())
    begin = time.perf_counter()
    batch = Decoder().feed_block(block, times, ["rx"])
    screener = Screener(register, rules)
    screener.take_statics(batch.statics)
    screener.take_texts(batch.texts)
    screener.take_columns(sorted_columns(batch.columns))
    verdicts = screener.verdicts()
    seconds = time.perf_counter() - begin
    assert verdicts
    return batch.counts["ais"] / seconds, batch.counts["ais"]


def class_b(mmsi: int, lat: float, lon: float, sog: int, cog: int) -> str:
    """Return a type 18 sentence; the benchmark's own encoder."""
    fields = ((18, 6), (0, 2), (mmsi, 30), (0, 8), (sog, 10), (0, 1), (round(lon * 600000) & 0xFFFFFFF, 28),
              (round(lat * 600000) & 0x7FFFFFF, 27), (cog, 12), (511, 9), (60, 6), (0, 29))  # fmt: skip
    bits = "".join(f"{value:0{width}b}" for value, width in fields)
    payload = "".join(_ARMOUR[int(bits[k : k + 6], 2)] for k in range(0, 168, 6))
    body = f"AIVDM,1,1,,A,{payload},0"
    check = 0
    for character in body:
        check ^= ord(character)
    return f"!{body}*{check:02X}"


@dataclass(frozen=True, kw_only=True)
class Live:
    """A live screener with all its targets, and the bytes of one: of its track, and of what it said of itself."""

    screener: Screener
    track_bytes: float
    static_bytes: float


def live_screener(register: Register, rules: Rules) -> Live:
    """Return a live screener with 20,000 targets that sent positions, names, call signs, types and sizes."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    screener = Screener(register, rules, live=True)
    for minute in range(6):
        screener.take_columns(positions(minute))
    screener.flush()
    tracked = tracemalloc.get_traced_memory()[0]
    for minute in range(2):
        screener.take_statics(particulars(minute))
    gc.collect()
    said = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return Live(screener=screener, track_bytes=(tracked - before) / LIVE, static_bytes=(said - tracked) / LIVE)


def positions(minute: int) -> PositionColumns:
    """Return one position of every live target."""
    rng = np.random.default_rng(1)
    lat, lon = rng.uniform(27, 30, LIVE), rng.uniform(121, 124, LIVE)
    none = np.full(LIVE, -1, dtype=np.int64)
    return PositionColumns(
        line=none, mmsi=412_000_000 + np.arange(LIVE), time_s=ANCHOR.timestamp() + minute * 60.0 + np.zeros(LIVE),
        lat=np.round((lat + minute * 1e-3) * 600000).astype(np.int64), lon=np.round(lon * 600000).astype(np.int64),
        sog=np.full(LIVE, 36), cog=np.zeros(LIVE, dtype=np.int64), heading=none, rot=np.full(LIVE, np.nan),
        status=none, source=np.ones(LIVE, dtype=np.int64),
    )  # fmt: skip


def particulars(minute: int) -> list[StaticReport]:
    """Return both parts of type 24 of every live target, each with strings of its own as a decoder makes them."""
    at, said = ANCHOR + timedelta(minutes=minute), []
    for k in range(LIVE):
        mmsi = 412_000_000 + k
        said.append(StaticReport(mmsi=mmsi, observed_at=at, part="24A", ais_class="B", name=f"ZHEDONGYU{k:05d}"))
        said.append(
            StaticReport(
                mmsi=mmsi, observed_at=at, part="24B", ais_class="B", call_sign=f"BX{k:05d}", ship_type=30,
                to_bow_m=10 + k % 20, to_stern_m=4, to_port_m=2, to_starboard_m=3, vendor="HYG",
            )
        )  # fmt: skip
    return said


def stream_ms(screener: Screener, messages: int) -> np.ndarray:
    """Return (clock, processor) time of each message: decoded, put in order, tracked, its target judged. [ms]"""
    decoder, rng, taken = Decoder(), np.random.default_rng(2), []
    start = ANCHOR.timestamp() + 400.0
    for k in range(messages):
        mmsi = 412_000_000 + int(rng.integers(LIVE))
        track = screener.tracks.open[mmsi][0]
        line = class_b(mmsi, track.lat + 1e-4, track.lon, 36, 0)
        at = datetime.fromtimestamp(start + k * 0.02, UTC)
        worked, begin = time.process_time(), time.perf_counter()  # the slower clock outside of the faster one
        screener.feed(decoder.feed([line], at))
        screener.verdicts(mmsis=[mmsi])
        ended = time.perf_counter()
        taken.append(((ended - begin) * 1000, (time.process_time() - worked) * 1000))
    return np.array(taken)


def main() -> None:
    options = arguments(__doc__ or "")
    _, lines, register, rules = labelled(1, 300, 0.4 if options.quick else 2.0)
    rates = [batch_rate(lines, register, rules) for _ in range(3)]
    live = live_screener(register, rules)
    taken = stream_ms(live.screener, 3_000 if options.quick else 20_000)
    report(
        {
            "messages_per_s": round(max(rate for rate, _ in rates)), "messages": rates[0][1],
            "stream_p50_ms": round(float(np.quantile(taken[:, 0], 0.5)), 3),
            "stream_p99_ms": round(float(np.quantile(taken[:, 0], 0.99)), 3),
            "stream_cpu_p99_ms": round(float(np.quantile(taken[:, 1], 0.99)), 3),
            "stream_max_ms": round(float(taken[:, 0].max()), 2),
            "live_targets": LIVE, "bytes_per_target": round(live.track_bytes + live.static_bytes),
            "track_bytes": round(live.track_bytes), "static_bytes": round(live.static_bytes), "seed": 1,
            "method": "one core; best of three batch runs from bytes to verdicts; stream with a verdict a message",
            "machine": machine(),
        },
        options.json,
    )  # fmt: skip


if __name__ == "__main__":
    main()
