"""One suite for the real families of the sea (plain PostgreSQL, TimescaleDB where given) and for the fake."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest

from core.position import Position, PositionSource
from core.qc import QcFlag
from core.reading import ClockState, Reading, SeriesKey
from store import engine
from store.columns import position_columns
from store.database import Database
from store.errors import StoreConflictError
from store.fake import FakeStore
from store.gateways import Beat, Gap, Health, Quarantined
from store.places import Cage, Farm
from store.positions import Box, Origin, RawLine
from store.readings import ReadingRow, columns_of
from store.store import Store
from store.targets import Particulars, SafetyTextRow

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
OXYGEN = SeriesKey(cage="dt01-c01", point="d2", quantity="do_mg_l")
WARMTH = SeriesKey(cage="dt01-c01", point="d6.5", quantity="water_temp_c")
FARM = Farm(farm_id="dt01", name_zh="大门岛一号渔场", district_id="dongtou", lat_deg=27.8, lon_deg=121.2)
AnyStore = Store | FakeStore


@pytest.fixture(params=["fake", "plain", pytest.param("timescaledb", marks=pytest.mark.timescale)])
async def sea(request: pytest.FixtureRequest) -> AsyncIterator[AnyStore]:
    """The fake, and the real store on each engine at hand."""
    if request.param == "fake":
        yield FakeStore()
        return
    dsn = request.getfixturevalue("database_dsn" if request.param == "plain" else "timescale_dsn")
    async with Database.session(dsn, application="contract") as database:
        yield Store(database)


def reading(minutes: float, value: float | None = 7.0, qc: QcFlag = QcFlag.GOOD, series: SeriesKey = OXYGEN) -> Reading:
    return Reading(series=series, observed_at=NOW + timedelta(minutes=minutes), value=value, qc=qc)


def at(minutes: float, mmsi: int = 412000001, lat_deg: float = 27.85, **more: object) -> Position:
    fields = {"lon_deg": 121.25, "source": PositionSource.AIS_B} | more
    return Position(mmsi=mmsi, observed_at=NOW + timedelta(minutes=minutes), lat_deg=lat_deg, **fields)


async def number_of(sea: AnyStore, key: SeriesKey) -> int:
    return (await sea.readings.ensure_series([key]))[key]


async def rolled_up(sea: AnyStore) -> None:
    """Bring roll-ups up to date by the engine's own means."""
    if isinstance(sea, Store) and isinstance(sea.db, Database):
        with psycopg.connect(sea.db.dsn, autocommit=True, options="-c timezone=UTC") as connection:
            while engine.licensed(connection) and not engine.refresh(connection, NOW - DAY, NOW + DAY):
                continue  # its own policy is at it
    while await sea.readings.refresh_rollups():
        continue


# -- readings ------------------------------------------------------------------------------------------------


async def test_readings_added_twice_are_stored_once(sea: AnyStore) -> None:
    batch = [reading(0), reading(1, 6.5), reading(0, 18.0, series=WARMTH)]
    assert (await sea.readings.add(batch, NOW)).inserted == 3
    again = await sea.readings.add(batch, NOW + DAY)
    assert (again.inserted, again.clashing) == (0, ())
    rows = await sea.readings.between([await number_of(sea, OXYGEN)], NOW - DAY, NOW + DAY)
    assert [(row.observed_at, row.value) for row in rows] == [(NOW, 7.0), (NOW + timedelta(minutes=1), 6.5)]


async def test_readings_between_leaves_out_the_end(sea: AnyStore) -> None:
    await sea.readings.add([reading(minute) for minute in range(5)], NOW)
    rows = await sea.readings.between([await number_of(sea, OXYGEN)], NOW, NOW + timedelta(minutes=4))
    assert len(rows) == 4


async def test_readings_latest_is_newest_by_edge_time_whatever_came_last(sea: AnyStore) -> None:
    await sea.places.save_farm(FARM)
    await sea.places.save_cage(Cage(cage_id="dt01-c01", farm_id="dt01"))
    await sea.readings.add([reading(5, 6.0)], NOW)
    await sea.readings.add([reading(-5, 9.0)], NOW + timedelta(seconds=1))
    (latest,) = await sea.readings.latest()
    assert (latest.value, latest.observed_at, latest.received_at) == (6.0, NOW + timedelta(minutes=5), NOW)
    assert (latest.cage_id, latest.farm_id, latest.depth_m, latest.unit, latest.clock) == (
        "dt01-c01", "dt01", 2.0, "mg/L", 1,
    )  # fmt: skip
    assert await sea.readings.latest(farm_ids=["dt02"]) == []
    assert len(await sea.readings.latest(cage_ids=["dt01-c01"], farm_ids=["dt01"])) == 1
    assert await sea.readings.newest_received_at() == NOW
    (value,) = await sea.readings.latest_values(np.array([latest.series_id, 99], dtype=np.int32))
    assert (value.series_id, value.value, value.observed_at, value.qc) == (latest.series_id, 6.0, latest.observed_at, 1)


async def test_readings_missing_value_is_none_with_flag_9(sea: AnyStore) -> None:
    await sea.readings.add([reading(0, None, QcFlag.MISSING)], NOW)
    (latest,) = await sea.readings.latest()
    assert (latest.value, latest.qc) == (None, 9)


async def test_readings_other_value_at_one_instant_clashes_and_first_stays(sea: AnyStore) -> None:
    await sea.readings.add([reading(0, 7.0)], NOW)
    outcome = await sea.readings.add([reading(1, 7.5), reading(0, 3.0)], NOW)
    assert (outcome.inserted, outcome.clashing) == (1, (1,))
    rows = await sea.readings.between([await number_of(sea, OXYGEN)], NOW, NOW + DAY)
    assert [row.value for row in rows] == [7.0, 7.5]


def after(milliseconds: int, value: float | None, qc: QcFlag = QcFlag.GOOD) -> Reading:
    when = NOW + timedelta(milliseconds=milliseconds)
    return Reading(series=OXYGEN, observed_at=when, value=value, qc=qc)


async def kept(sea: AnyStore) -> list[tuple[int, float | None, int]]:
    """Milliseconds after NOW, value and flag of every row."""
    rows = await sea.readings.between([await number_of(sea, OXYGEN)], NOW, NOW + DAY)
    return [((row.observed_at - NOW) // timedelta(milliseconds=1), row.value, row.qc) for row in rows]


async def test_readings_two_of_one_second_are_both_kept_second_at_its_millisecond(sea: AnyStore) -> None:
    first = await sea.readings.add([after(1004, 7.0), after(1998, 7.25)], NOW)
    other = await sea.readings.add([after(2004, 7.5)], NOW)
    third = await sea.readings.add([after(2997, 7.75), after(2500, None, QcFlag.MISSING)], NOW)
    assert (first.inserted, other.inserted, third.inserted) == (2, 1, 2)
    assert (first.clashing, other.clashing, third.clashing) == ((), (), ())
    assert await kept(sea) == [(1000, 7.0, 1), (1998, 7.25, 1), (2000, 7.5, 1), (2500, None, 9), (2997, 7.75, 1)]
    (latest,) = await sea.readings.latest()
    assert (latest.value, latest.observed_at) == (7.75, NOW + timedelta(milliseconds=2997))


@pytest.mark.parametrize("seed", range(4))
async def test_readings_of_one_second_in_any_order_and_again_are_the_same_rows(seed: int, sea: AnyStore) -> None:
    dice = random.Random(seed)
    batch = [after(ms, float(ms)) for ms in dice.sample(range(1, 3000), 40)]
    await sea.readings.add(batch[:13], NOW)
    await sea.readings.add(batch, NOW)
    before = await kept(sea)
    for _ in range(3):
        dice.shuffle(batch)
        outcome = await sea.readings.add(batch[: dice.randint(1, 40)], NOW)
        assert (outcome.inserted, outcome.clashing) == (0, ()), f"seed {seed}"
    assert await kept(sea) == before
    assert sorted(value for _, value, _ in before) == sorted(float(r.value or 0) for r in batch)
    assert all(ms in (int(value or 0), int(value or 0) // 1000 * 1000) for ms, value, _ in before)


async def test_readings_other_value_at_one_millisecond_clashes(sea: AnyStore) -> None:
    await sea.readings.add([after(100, 7.0), after(200, 7.5)], NOW)
    outcome = await sea.readings.add([after(200, 8.5)], NOW)
    assert (outcome.inserted, outcome.clashing) == (0, (0,))
    assert await kept(sea) == [(0, 7.0, 1), (200, 7.5, 1)]


async def test_readings_with_numbers_of_their_own_keep_two_values_of_one_millisecond(sea: AnyStore) -> None:
    """After a step back of the clock two accepted readings may carry one time: both are kept, a third is told."""
    numbers = await sea.readings.ensure_series([OXYGEN])
    batch = columns_of([after(50, 1.0), after(200, 2.0), after(200, 3.0)], numbers)
    assert (await sea.readings.insert(batch, NOW)).inserted == 3
    again = await sea.readings.insert(batch, NOW)
    third = await sea.readings.insert(columns_of([after(200, 4.0)], numbers), NOW)
    assert (again.inserted, again.clashing, third.inserted, third.clashing) == (0, (), 0, (0,))
    assert await kept(sea) == [(0, 1.0, 1), (200, 2.0, 1), (200, 3.0, 1)]


async def test_readings_flag_amended_in_one_batch_has_its_last_word(sea: AnyStore) -> None:
    batch = [after(100, 7.0), after(700, 9.0), after(700, 9.0, QcFlag.SUSPECT), after(100, 7.0, QcFlag.FAIL)]
    assert (await sea.readings.add(batch, NOW)).inserted == 2
    assert await kept(sea) == [(0, 7.0, 4), (700, 9.0, 3)]
    assert [latest.qc for latest in await sea.readings.latest()] == [3]


async def test_readings_same_value_with_settled_flag_amends_row_and_latest(sea: AnyStore) -> None:
    await sea.readings.add([reading(0, 7.0, QcFlag.UNKNOWN), reading(-1, 7.0, QcFlag.UNKNOWN)], NOW)
    outcome = await sea.readings.add([reading(0, 7.0, QcFlag.SUSPECT)], NOW)
    assert (outcome.inserted, outcome.clashing) == (0, ())
    assert [latest.qc for latest in await sea.readings.latest()] == [3]


async def test_readings_amend_qc_changes_flags_but_never_makes_or_unmakes_missing(sea: AnyStore) -> None:
    await sea.readings.add([reading(0), reading(1), reading(2, None, QcFlag.MISSING)], NOW)
    series_id = await number_of(sea, OXYGEN)
    times = [NOW + timedelta(minutes=minute) for minute in range(3)]
    wanted = [(times[0], 4), (times[1], 9), (times[2], 1), (NOW + DAY, 4)]
    flags = [ReadingRow(series_id=series_id, observed_at=when, value=None, qc=qc) for when, qc in wanted]
    assert await sea.readings.amend_qc(flags) == 1
    assert await sea.readings.amend_qc([]) == 0
    assert [row.qc for row in await sea.readings.between([series_id], NOW, NOW + DAY)] == [4, 1, 9]


async def test_readings_hourly_counts_all_and_averages_usable(sea: AnyStore) -> None:
    await sea.readings.add(
        [
            reading(0, 4.0), reading(10, 8.0, QcFlag.UNKNOWN), reading(20, 100.0, QcFlag.FAIL),
            reading(30, None, QcFlag.MISSING), reading(60, 99.0, QcFlag.SUSPECT),
        ],
        NOW,
    )  # fmt: skip
    await rolled_up(sea)
    first, second = await sea.readings.hourly([await number_of(sea, OXYGEN)], NOW, NOW + DAY)
    assert (first.n, first.n_good, first.value_min, first.value_max, first.value_avg) == (4, 2, 4.0, 8.0, 6.0)
    assert (second.n, second.n_good, second.value_min, second.value_max, second.value_avg) == (1, 0, None, None, None)
    number = await number_of(sea, OXYGEN)
    columns = (await sea.readings.hourly_columns([number, number + 99], NOW, NOW + DAY))[number]
    order = np.argsort(columns.hour)
    assert np.diff(columns.hour[order]).tolist() == [1]
    assert columns.hour[order][0] * 3600 + 946_684_800 == NOW.timestamp() // 3600 * 3600
    assert (columns.n[order].tolist(), columns.n_good[order].tolist()) == ([4, 1], [2, 0])
    for name, value in (("value_min", 4.0), ("value_max", 8.0), ("value_avg", 6.0)):
        found = getattr(columns, name)[order]
        assert (found[0], np.isnan(found[1])) == (value, True), name


async def test_readings_late_reading_repairs_its_hour(sea: AnyStore) -> None:
    await sea.readings.add([reading(0, 4.0), reading(120, 5.0)], NOW)
    await rolled_up(sea)
    await sea.readings.add([reading(30, 8.0)], NOW + 3 * DAY)
    await rolled_up(sea)
    hours = await sea.readings.hourly([await number_of(sea, OXYGEN)], NOW, NOW + DAY)
    assert [(hour.n, hour.value_avg) for hour in hours] == [(2, 6.0), (1, 5.0)]


@pytest.mark.parametrize(("points", "stride"), [(24 * 60, timedelta(minutes=1)), (24, timedelta(hours=1))])
async def test_readings_chart_of_minutes_and_of_hours_agree_in_sum(points, stride, sea: AnyStore) -> None:
    await sea.readings.add([reading(minute, float(minute % 7)) for minute in range(0, 180, 3)], NOW)
    await rolled_up(sea)
    chart = await sea.readings.chart(await number_of(sea, OXYGEN), NOW, NOW + DAY, points)
    assert all((point.bucket_at - NOW) % stride == timedelta(0) for point in chart)
    total = sum((point.value_avg or 0) * point.n_good for point in chart)
    assert (sum(point.n for point in chart), total) == (60, pytest.approx(sum(m % 7 for m in range(0, 180, 3))))
    assert (min(p.value_min or 0 for p in chart), max(p.value_max or 0 for p in chart)) == (0.0, 6.0)


async def test_readings_series_of_new_cage_takes_farm_of_its_gateway(sea: AnyStore) -> None:
    await sea.places.save_farm(FARM)
    await sea.places.save_gateway("gw-dt01", "dt01", "一号网关")
    await sea.readings.add([reading(0)], NOW, "gw-dt01")
    (info,) = await sea.readings.series(quantities=["do_mg_l"])
    assert (info.farm_id, info.key) == ("dt01", OXYGEN)
    assert await sea.readings.series(cage_ids=["other"]) == []
    assert [(g.gateway_id, g.farm_id, g.name_zh) for g in await sea.gateways.all()] == [("gw-dt01", "dt01", "一号网关")]


async def test_readings_far_apart_in_time_need_no_preparation(sea: AnyStore) -> None:
    await sea.readings.add([reading(-60 * 24 * day) for day in (0, 30, 400)], NOW)
    assert len(await sea.readings.between([await number_of(sea, OXYGEN)], NOW - 500 * DAY, NOW + DAY)) == 3


# -- positions and targets -----------------------------------------------------------------------------------


async def test_positions_come_back_in_units_with_none_for_unknown(sea: AnyStore) -> None:
    full = at(0, sog_kn=5.5, cog_deg=123.4, heading_deg=120.0, rot_deg_min=-((15 / 4.733) ** 2), nav_status=7)
    bare = at(1)
    assert await sea.positions.add([full, bare], NOW) == 2
    assert await sea.positions.add([full, bare], NOW) == 0
    first, second = await sea.positions.track(412000001, NOW, NOW + DAY)
    assert first == full
    assert second == bare


@pytest.mark.parametrize("mmsi", [0, 1, -5, 970010119, 1073741823], ids=["zero", "one", "track", "sart", "30 bits"])
async def test_positions_of_odd_numbers_are_kept(mmsi: int, sea: AnyStore) -> None:
    await sea.positions.add([at(0, mmsi=mmsi)], NOW)
    assert [p.mmsi for p in await sea.positions.since(NOW, NOW + DAY)] == [mmsi]


async def test_positions_in_box_has_edges_and_time_span(sea: AnyStore) -> None:
    inside, edge, outside = at(0), at(0, mmsi=2, lat_deg=27.8), at(0, mmsi=3, lat_deg=27.79999)
    await sea.positions.add([inside, edge, outside, at(120, mmsi=4)], NOW)
    box = Box(south_deg=27.8, west_deg=121.0, north_deg=28.0, east_deg=121.25)
    found = await sea.positions.in_box(box, NOW, NOW + timedelta(hours=1))
    assert [p.mmsi for p in found] == [2, 412000001]


@pytest.mark.parametrize(("lat_deg", "lon_deg"), [(-0.05, 0.05), (0.0, 0.0), (-33.95, -179.95), (89.99, 179.99)])
async def test_positions_in_box_works_on_every_side_of_the_globe(lat_deg, lon_deg, sea: AnyStore) -> None:
    await sea.positions.add([at(0, lat_deg=lat_deg, lon_deg=lon_deg)], NOW)
    box = Box(south_deg=lat_deg - 0.001, west_deg=lon_deg - 0.001, north_deg=lat_deg + 0.001, east_deg=lon_deg + 0.001)
    assert len(await sea.positions.in_box(box, NOW, NOW + DAY)) == 1


async def test_targets_live_is_newest_position_with_merged_particulars(sea: AnyStore) -> None:
    batch = position_columns([at(0), at(2, lat_deg=27.9), at(1)])
    await sea.positions.insert(batch, NOW, Origin(gateway_ids=["gw-dt01"] * 3, receivers=["rx1", "rx2", "rx3"]))
    part_a = Particulars(mmsi=412000001, part="24A", name="ZHEDONGYU12345")
    part_b = Particulars(mmsi=412000001, part="24B", call_sign="BABC", ship_type=30, to_bow_m=10, to_stern_m=8)
    await sea.targets.save_statics([(NOW, part_a), (NOW, part_b)])
    (live,) = await sea.targets.live(NOW)
    assert (live.position.observed_at, live.position.lat_deg) == (NOW + timedelta(minutes=2), pytest.approx(27.9))
    assert (live.gateway_id, live.receiver, live.received_at) == ("gw-dt01", "rx2", NOW)
    assert (live.name, live.call_sign, live.ship_type, live.length_m, live.beam_m) == (
        "ZHEDONGYU12345", "BABC", 30, 18.0, None,
    )  # fmt: skip
    assert (live.mmsi_class, live.first_seen_at) == ("ship", NOW)
    assert await sea.targets.live(NOW + timedelta(minutes=3)) == []
    assert await sea.targets.live(NOW, received_after=NOW) == []


async def test_targets_live_in_box_has_only_newest_positions(sea: AnyStore) -> None:
    await sea.positions.add([at(0), at(1, lat_deg=28.5), at(0, mmsi=7)], NOW)
    box = Box(south_deg=27.8, west_deg=121.0, north_deg=28.0, east_deg=121.5)
    assert [p.mmsi for p in await sea.targets.live_in_box(box, NOW)] == [7]


async def test_targets_two_names_on_one_number_stay_two_rows(sea: AnyStore) -> None:
    one, other = Particulars(mmsi=1, part="5", name="ONE"), Particulars(mmsi=1, part="5", name="OTHER")
    times = [NOW + timedelta(minutes=minute) for minute in range(4)]
    await sea.targets.save_statics(list(zip(times, [one, other, one, other], strict=True)))
    await sea.targets.save_statics([(times[2], one)])
    rows = await sea.targets.statics(NOW, [1])
    assert [(r.name, r.first_seen_at, r.last_seen_at, r.n) for r in rows] == [
        ("ONE", times[0], times[2], 2), ("OTHER", times[1], times[3], 2),
    ]  # fmt: skip
    assert [r.name for r in await sea.targets.statics(times[3])] == ["OTHER"]


async def test_targets_safety_text_is_kept_once(sea: AnyStore) -> None:
    text = SafetyTextRow(mmsi=970010119, observed_at=NOW, text="SART TEST", receiver="rx1", received_at=NOW)
    await sea.targets.save_texts([text, text])
    assert await sea.targets.texts(NOW, NOW + DAY) == [text]


async def test_raw_lines_are_kept_once_by_sequence_number(sea: AnyStore) -> None:
    line = RawLine(observed_at=NOW, gateway_id="gw-dt01", seq=7, receiver="rx1", line="!AIVDM,1,1,,A,xyz,0*00")
    assert await sea.positions.add_raw([line, line]) == 1
    assert await sea.positions.add_raw([line]) == 0
    assert await sea.positions.raw(NOW, NOW + DAY, "gw-dt01") == [line]
    assert await sea.positions.raw(NOW, NOW + DAY, "other") == []


# -- gateways ------------------------------------------------------------------------------------------------


async def test_gateways_known_numbers_are_those_marked(sea: AnyStore) -> None:
    await sea.gateways.ensure(["gw-a", "gw-b"])
    seqs = [0, 4095, 4096, 4097, 10_000, 2**52]
    async with sea.transaction() as tx:
        assert await tx.gateways.known(["gw-a"] * len(seqs), seqs) == set()
        await tx.gateways.mark_committed("gw-a", seqs, NOW)
    async with sea.transaction() as tx:
        assert await tx.gateways.known(["gw-a", "gw-a", "gw-b"], [4096, 4098, 4096]) == {0}
    totals = {total.gateway_id: (total.committed, total.last_seq) for total in await sea.gateways.totals()}
    assert totals == {"gw-a": (6, 2**52), "gw-b": (0, None)}


async def test_gateways_older_state_never_replaces_newer(sea: AnyStore) -> None:
    await sea.gateways.set_state("gw-a", "offline", NOW, {"state": "offline"})
    await sea.gateways.set_state("gw-a", "online", NOW - DAY, {"state": "online"})
    assert [row.state for row in await sea.gateways.all()] == ["offline"]
    await sea.gateways.touch([Beat(gateway_id="gw-a", boot_id="b2", clock=ClockState.STEPPED)], NOW)
    (row,) = await sea.gateways.all()
    assert (row.state, row.boot_id, row.clock, row.last_batch_at) == ("online", "b2", 2, NOW)


async def test_gateways_gap_told_twice_is_one(sea: AnyStore) -> None:
    await sea.gateways.ensure(["gw-a"])
    gap = Gap(
        gateway_id="gw-a", stream="nmea", first_seq=5, last_seq=9, n=3, reason="quota", observed_from=NOW - DAY,
        observed_until=None, received_at=NOW,
    )  # fmt: skip
    await sea.gateways.save_gaps([gap, gap])
    assert await sea.gateways.gaps(NOW) == [gap]
    assert await sea.gateways.gaps(NOW, "gw-b") == []


async def test_gateways_health_keeps_newest_and_history(sea: AnyStore) -> None:
    await sea.gateways.ensure(["gw-a"])
    records = [
        Health(
            gateway_id="gw-a", kind="receiver", name="rx1", observed_at=NOW + timedelta(minutes=minute),
            received_at=NOW, detail={"messages_1min": minute},
        )
        for minute in (1, 0)
    ]  # fmt: skip
    await sea.gateways.save_health(records)
    assert await sea.gateways.health("gw-a", "receiver") == [records[0]]
    assert await sea.gateways.health(kind="unit") == []
    points = await sea.gateways.health_history("gw-a", "receiver", NOW, NOW + DAY)
    assert [point.detail["messages_1min"] for point in points] == [0, 1]


async def test_quarantine_same_bytes_again_count_up(sea: AnyStore) -> None:
    one = Quarantined(gateway_id="gw-a", topic="t", seq=None, reason="not zlib", raw=b"\x00\xff")
    other = Quarantined(gateway_id="gw-a", topic="t", seq=4, reason="bad", raw=b"\x00\xff")
    await sea.gateways.quarantine([one, other], NOW)
    await sea.gateways.quarantine([one], NOW + DAY)
    rows = {row.seq: row for row in await sea.gateways.quarantined(NOW)}
    assert (rows[None].n, rows[None].last_at, rows[None].raw) == (2, NOW + DAY, b"\x00\xff")
    assert rows[4].n == 1
    assert len(await sea.gateways.quarantined(NOW + DAY)) == 1


# -- places --------------------------------------------------------------------------------------------------


async def test_places_cage_of_unknown_farm_is_refused(sea: AnyStore) -> None:
    with pytest.raises(StoreConflictError):
        await sea.places.save_cage(Cage(cage_id="dt09-c01", farm_id="dt09"))


async def test_places_saved_again_are_corrected(sea: AnyStore) -> None:
    await sea.places.save_farm(FARM)
    await sea.places.save_cage(
        Cage(cage_id="dt01-c02", farm_id="dt01", name_zh="二号网箱", lat_deg=27.8, lon_deg=121.2)
    )
    await sea.places.save_cage(Cage(cage_id="dt01-c02", farm_id="dt01", name_zh="贰号网箱"))
    await sea.places.save_cage(Cage(cage_id="lost", farm_id=None))
    assert await sea.places.farms() == [FARM]
    cages = {cage.cage_id: (cage.name_zh, cage.district_id, cage.lat_deg) for cage in await sea.places.cages()}
    assert cages == {"dt01-c02": ("贰号网箱", "dongtou", None), "lost": ("", None, None)}
    assert [cage.cage_id for cage in await sea.places.cages(["dt01"])] == ["dt01-c02"]
