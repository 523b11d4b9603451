"""Storm tracks through the store: taken in from files, in the forecast where no grid covers, told at each cage."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

import alerts.rules
from alerts import lifecycle
from alerts.model import NoticeKind
from alerts.segments import measure
from alerts.wording import write
from core.finding import Condition, Finding, Severity
from firmware_sim import nwp
from firmware_sim.sea import Sea
from forecasting.rules import load_rules as load_forecast_rules
from forecasting.storms.track_files import TrackError
from forecasting.storms.tracks import Track
from services.forecast import ForecastMemory, forecast_once
from services.forecast_inputs import read_places, wanted_series
from services.grids import import_grid, load_grid_rules
from services.judges import JudgeContext, typhoon
from services.judges.safety_rules import load_rules as load_safety_rules
from services.judges.safety_weather import weather_now
from services.storms import import_tracks, load_typhoon_rules, storms_now, track_of
from store.store import Store
from tests.integration.forecast.test_forecast_loop import AT, RULES, fill

LEKIMA = Path(__file__).parents[2] / "data" / "tracks" / "ibtracs_wp_2019_2021_excerpt.csv"
ISSUED = AT.replace(hour=3, minute=0)


def storm_file(folder: Path, *, closest_after_h: float, wind_mps: float = 45.0, issued: datetime = ISSUED) -> Path:
    """Write a storm that passes over the farm (27.8 N 121.2 E) so many hours after `AT`, moving north-west."""
    points = []
    for h in range(0, 97, 6):
        ahead = h - closest_after_h
        points.append(
            {
                "at": (AT.replace(minute=0) - timedelta(hours=6) + timedelta(hours=h)).isoformat(),
                "lat_deg": 27.8 + (ahead - 6) * 0.12, "lon_deg": 121.2 - (ahead - 6) * 0.12, "wind_mps": wind_mps,
                "pressure_hpa": 950.0, "rmw_km": 40.0,
            }
        )  # fmt: skip
    name = {"storm_id": "2609", "name_zh": "试验", "name_en": "TRIAL", "issued_at": issued.isoformat()}
    storm = {**name, "points": points}
    path = folder / "storm.json"
    path.write_text(json.dumps(storm), encoding="utf-8")
    return path


async def told(store: Store, at: datetime = AT, open_keys: frozenset[str] = frozenset()) -> dict[str, Finding]:
    context = JudgeContext(store=store, rules_dir=RULES, at=at, open_keys=open_keys)
    return {finding.key: finding for finding in await typhoon.judge(context)}


async def test_track_file_is_stored_and_the_same_issue_again_replaces_it(store: Store) -> None:
    rows = await import_tracks(store, LEKIMA, source="ibtracs")
    assert {row.kind for row in rows} == {"best"}
    again = await import_tracks(store, LEKIMA, source="ibtracs")
    stored = await store.forecasts.tracks(datetime(2022, 1, 1, tzinfo=UTC), timedelta(days=1200))
    assert len(stored) == len(rows) == len(again)
    lekima = next(row for row in stored if row.storm_id == "2019214N15134")
    at = track_of(lekima).at(datetime(2019, 8, 9, 12, tzinfo=UTC))
    assert at is not None
    assert (at.lat_deg, at.lon_deg) == (27.5, 122.0)


async def test_best_track_given_a_time_of_issue_warns_of_lekima_a_day_ahead(store: Store) -> None:
    await fill(store, AT, hours=2)
    issued = datetime(2019, 8, 8, 18, tzinfo=UTC)
    await import_tracks(store, LEKIMA, source="ibtracs", issued_at=issued)
    found = await told(store, issued + timedelta(minutes=30))
    here = found["typhoon.arrival:t-c01"]
    assert here.condition is Condition.ACTIVE
    assert here.severity >= Severity.YELLOW
    # The centre passed some 30 km off in the evening of 9 August UTC.
    assert here.valid_from is not None
    assert datetime(2019, 8, 9, tzinfo=UTC) <= here.valid_from <= datetime(2019, 8, 9, 15, tzinfo=UTC)
    seven, ten = (here.values[f"force{force}_circle_km"] for force in (7, 10))
    assert isinstance(seven, float) and isinstance(ten, float)
    assert 50 < ten < seven < 600


@pytest.mark.parametrize(
    ("after_h", "wind_mps", "colour"),
    [
        (40.0, 45.0, Severity.BLUE),
        (20.0, 45.0, Severity.YELLOW),
        (13.0, 45.0, Severity.ORANGE),
        (4.0, 55.0, Severity.RED),
    ],
)
async def test_colour_rises_as_the_storm_comes_nearer_in_time(
    store: Store, tmp_path: Path, after_h: float, wind_mps: float, colour: Severity
) -> None:
    await fill(store, AT, hours=2)
    await import_tracks(store, storm_file(tmp_path, closest_after_h=after_h, wind_mps=wind_mps))
    found = await told(store)
    assert set(found) == {f"typhoon.arrival:{cage}" for cage in ("t-c01", "t-c02", "t-p01")}
    here = found["typhoon.arrival:t-c01"]
    assert (here.condition, here.severity) == (Condition.ACTIVE, colour)
    assert here.subject.name == "1号箱"
    rules = alerts.rules.load(RULES)
    made = lifecycle.step(None, here, at=AT, policies=rules.policies)
    assert made is not None
    text = write(rules.wording, [made.alert], NoticeKind.RAISED, "zh", AT).text
    assert "试验" in text
    assert measure(text).segments <= 2, text


async def test_storm_far_off_or_weak_is_not_told(store: Store, tmp_path: Path) -> None:
    await fill(store, AT, hours=2)
    assert await told(store) == {}
    await import_tracks(store, storm_file(tmp_path, closest_after_h=20.0, wind_mps=8.0))
    assert {f.condition for f in (await told(store)).values()} == {Condition.CLEARED}


async def test_open_alert_waits_for_a_late_track_and_ends_with_the_storm(store: Store, tmp_path: Path) -> None:
    await fill(store, AT, hours=2)
    await import_tracks(store, storm_file(tmp_path, closest_after_h=20.0))
    key = "typhoon.arrival:t-c01"
    late = await told(store, AT + timedelta(hours=20), frozenset({key}))
    assert {k: f.condition for k, f in late.items()} == {key: Condition.UNKNOWN}
    over = await told(store, AT + timedelta(hours=120), frozenset({key}))
    assert {k: f.condition for k, f in over.items()} == {key: Condition.CLEARED}


async def test_waves_without_a_grid_rise_with_the_storm_and_say_so(store: Store, tmp_path: Path) -> None:
    await fill(store, AT)
    await forecast_once(store, RULES, AT - timedelta(minutes=10), ForecastMemory())
    calm = next(r for r in await store.forecasts.latest_runs(AT) if r.quantity == "hs_m")
    before = await store.forecasts.fan(calm.run_id)
    await import_tracks(store, storm_file(tmp_path, closest_after_h=24.0))
    await forecast_once(store, RULES, AT, ForecastMemory())
    run = next(r for r in await store.forecasts.latest_runs(AT) if r.quantity == "hs_m")
    after = await store.forecasts.fan(run.run_id)
    assert (run.status, run.weights["typhoon"]) == ("degraded", 1.0)
    assert "试验" in run.notice_zh
    assert max(row.q50 for row in after) > 5.0 > max(row.q50 for row in before)
    assert all(a.q50 >= b.q50 - 1e-3 for a, b in zip(after, before, strict=True))
    red = next(r for r in await store.forecasts.risks([run.run_id]) if r.limit_value == 6.0 and r.window_h == 48)
    assert red.probability > 0.3
    oxygen = next(r for r in await store.forecasts.latest_runs(AT) if r.quantity == "do_mg_l")
    assert "typhoon" not in oxygen.weights


async def test_pass_reads_nothing_that_came_after_its_hour(store: Store, tmp_path: Path) -> None:
    await fill(store, AT)
    rules = load_forecast_rules(RULES / "forecast.toml")
    typhoons = load_typhoon_rules(RULES)

    async def read() -> tuple[list[list[float]], object, list[Track]]:
        places = await read_places(store, await wanted_series(store, rules), rules, AT)
        series = [[*p.series.time_h, *np.nan_to_num(p.series.y)] for p in places if p.series is not None]
        return series, await store.forecasts.sea_field(AT), await storms_now(store, typhoons, AT)

    before = await read()
    assert len(before[0]) == 3
    later = AT + timedelta(hours=6)
    await fill(store, later, hours=5)
    await import_grid(
        store, nwp.write_run(Sea("calm", 1, later), tmp_path, later.timestamp()), load_grid_rules(RULES), AT
    )
    await import_tracks(store, storm_file(tmp_path, closest_after_h=24.0, issued=later))
    assert await read() == before
    assert await store.forecasts.sea_field(later + timedelta(hours=1)) is not None
    assert await storms_now(store, typhoons, later) != []


async def test_grid_that_covers_the_place_speaks_instead_of_the_parametric_storm(store: Store, tmp_path: Path) -> None:
    await fill(store, AT)
    run_file = nwp.write_run(Sea("calm", 1, AT), tmp_path, nwp.newest_init(AT.timestamp()))
    await import_grid(store, run_file, load_grid_rules(RULES), AT)
    await import_tracks(store, storm_file(tmp_path, closest_after_h=24.0))
    await forecast_once(store, RULES, AT, ForecastMemory())
    run = next(r for r in await store.forecasts.latest_runs(AT) if r.quantity == "hs_m")
    assert "grid_24h" in run.weights
    assert "typhoon" not in run.weights


SAFETY = load_safety_rules(RULES)


async def weather(store: Store, hours: int, lat_deg: float = 27.8, lon_deg: float = 121.2) -> tuple[float, float, str]:
    """Return wind, sea and what they rest on, as boats are judged by, so many hours after `AT`."""
    now = await weather_now(store, SAFETY, RULES, AT)
    when = np.array([AT.timestamp() + hours * 3600])
    wind, hs = now.sample(np.array([lat_deg]), np.array([lon_deg]), when)
    return float(wind[0]), float(hs[0]), now.source


async def test_boats_without_a_grid_are_judged_by_the_storms_track_and_never_called_calm(
    store: Store, tmp_path: Path
) -> None:
    assert (await weather(store, 20))[2] == ""
    await import_tracks(store, storm_file(tmp_path, closest_after_h=24.0))
    wind, hs, source = await weather(store, 20)
    assert source == "track TRIAL"
    assert (wind > 20.0, hs > 4.0) == (True, True)
    assert np.isnan((await weather(store, 1))[0]), "before the storm nothing is known, which is not calm"


async def test_boats_near_a_buoy_are_judged_by_its_next_hours_and_by_the_grid_where_there_is_one(
    store: Store, tmp_path: Path
) -> None:
    await fill(store, AT)
    await forecast_once(store, RULES, AT, ForecastMemory())
    ahead = [await weather(store, hours) for hours in range(1, 11)]
    assert {source for *_, source in ahead} == {"buoys"}
    assert np.isnan([wind for wind, *_ in ahead]).all()
    known = [hs for _, hs, _ in ahead if np.isfinite(hs)]
    assert len(known) >= 3
    assert all(2.0 <= hs < 4.0 for hs in known)
    assert np.isnan((await weather(store, 20))[1]), "a buoy's own statistics end after twelve hours"
    assert np.isnan((await weather(store, 3, 28.4, 122.0))[1]), "and speak for the water around it only"
    run_file = nwp.write_run(Sea("calm", 1, AT), tmp_path, nwp.newest_init(AT.timestamp()))
    await import_grid(store, run_file, load_grid_rules(RULES), AT)
    assert (await weather(store, 3))[1] < 2.0


async def test_table_of_a_chinese_agency_in_its_own_encoding_is_taken_in(store: Store, tmp_path: Path) -> None:
    text = "台风编号,名称,时间,纬度,经度,风速(m/s),七级风圈半径(km)\n2609,试验,2026-08-20T00:00+08:00,24,125,42,320\n"
    (tmp_path / "agency.csv").write_bytes(text.encode("gb18030"))
    (row,) = await import_tracks(store, tmp_path / "agency.csv")
    (point,) = track_of(row).points
    assert (row.storm_id, row.name_en, point.wind_mps, point.r14_km) == ("2609", "试验", 42.0, 320.0)
    assert point.at == datetime(2026, 8, 19, 16, tzinfo=UTC)


async def test_forecast_without_any_strength_is_refused_and_a_model_never_hides_an_agency(
    store: Store, tmp_path: Path
) -> None:
    rules = load_typhoon_rules(RULES)
    deck = tmp_path / "awp112026.dat"
    line = "WP, 11, 2026082003, 03, {}, {:3d}, {}N, 1250E, {}\n"
    deck.write_text(
        "".join(line.format(t, h, 240 + h, w) for t, w in (("AVNO", 30), ("JTWC", 90)) for h in (0, 12, 24))
        + "".join(line.format("AVNO", h, 240 + h, 35).replace("2026082003", "2026082006") for h in (0, 12, 24))
    )
    await import_tracks(store, deck)
    (storm,) = await storms_now(store, rules, AT)
    assert storm.source.endswith(":JTWC")
    weak = tmp_path / "weak.csv"
    weak.write_text("time,lat,lon,issued_at\n2026-08-20,24,125,2026-08-20\n2026-08-21,25,125,2026-08-20\n")
    with pytest.raises(TrackError, match="neither wind nor pressure"):
        await import_tracks(store, weak)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("storm.xyz", b"anything", "--form"),
        ("storm.csv", b"time,lat\n2026-01-01T00:00Z,27", "missing"),
        ("storm.json", b"\xff\xfe\x00", "cannot be read as text"),
        ("storm.dat", b"not a deck", "Line 1"),
    ],
)
async def test_file_that_is_no_track_is_refused_with_a_reason(
    store: Store, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TrackError, match=message):
        await import_tracks(store, path)
    with pytest.raises(TrackError, match="give the path"):
        await import_tracks(store, tmp_path / "absent.csv")
