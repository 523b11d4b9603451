"""The forecast loop on a real database: issue, keep, judge, score."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.finding import Condition
from core.qc import QcFlag
from core.reading import Reading, SeriesKey
from forecasting.rules import load_rules
from services.forecast import ForecastMemory, forecast_once
from services.forecast_scores import review, score_due
from services.judges import JudgeContext, forecasts, waves
from store.database import Database
from store.forecast_rows import RunRow, SkillSum
from store.places import Cage, Farm
from store.store import Store
from tests.fixtures.database import RoleDsn

RULES = Path(__file__).parents[3] / "config" / "rules"
AT = datetime(2026, 8, 20, 6, 20, tzinfo=UTC)
OXYGEN = SeriesKey(cage="t-c01", point="d2", quantity="do_mg_l")
NEIGHBOUR = SeriesKey(cage="t-c02", point="d2", quantity="do_mg_l")
WAVES = SeriesKey(cage="t-p01", point="wave", quantity="hs_m")


def sea(key: SeriesKey, hours: int, until: datetime, seed: int, level: float) -> list[Reading]:
    random = np.random.default_rng(seed)
    first = until.replace(minute=30) - timedelta(hours=hours)
    times = [first + timedelta(hours=h) for h in range(hours)]
    t = np.array([at.timestamp() / 3600 for at in times])
    noise = np.zeros(hours)
    for h in range(1, hours):
        noise[h] = 0.9 * noise[h - 1] + random.normal(0, 0.08)
    values = level + 0.7 * np.cos(2 * np.pi * (t - 7) / 24) + 0.3 * np.cos(2 * np.pi * t / 12.4206) + noise
    return [
        Reading(series=key, observed_at=at, value=float(v), qc=QcFlag.GOOD) for at, v in zip(times, values, strict=True)
    ]


async def fill(store: Store, until: datetime, hours: int = 720) -> None:
    await store.places.save_farm(
        Farm(farm_id="t", name_zh="试验场", district_id="dongtou", lat_deg=27.8, lon_deg=121.2)
    )
    for cage in ("t-c01", "t-c02", "t-p01"):
        await store.places.save_cage(
            Cage(cage_id=cage, farm_id="t", name_zh=f"{cage[-1]}号箱", lat_deg=27.8, lon_deg=121.2)
        )
    readings = sea(OXYGEN, hours, until, 1, 4.3) + sea(NEIGHBOUR, 40, until, 2, 6.0) + sea(WAVES, hours, until, 3, 2.4)
    await store.readings.add(readings, until)
    while await store.readings.refresh_rollups():
        pass


@pytest.fixture
async def filled(store: Store) -> Store:
    await fill(store, AT)
    return store


async def test_pass_over_a_farm_issues_fans_paths_and_risks(filled: Store) -> None:
    report = await forecast_once(filled, RULES, AT, ForecastMemory())
    assert (report.issued, report.fitted, report.skipped) == (3, 2, ())
    runs = {(r.place_id, r.quantity): r for r in await filled.forecasts.latest_runs(AT)}
    oxygen = runs["t-c01", "do_mg_l"]
    assert (oxygen.status, oxygen.model, oxygen.farm_id) == ("ok", "blend", "t")
    fan = await filled.forecasts.fan(oxygen.run_id)
    assert [row.lead_h for row in fan] == list(range(1, 49))
    assert fan[0].valid_at == AT.replace(minute=0)
    paths = await filled.forecasts.paths(oxygen.run_id)
    assert paths is not None
    assert paths.shape == (200, 48)
    assert abs(np.median(paths[:, 0]) - fan[0].q50) < 0.1
    risks = await filled.forecasts.risks([oxygen.run_id])
    below_four = next(r for r in risks if r.limit_value == 4.0 and r.window_h == 24)
    assert below_four.probability > 0.9
    assert below_four.onset_p10_at is not None
    assert below_four.onset_p10_at <= (below_four.onset_p90_at or AT)


async def test_cage_with_two_days_of_data_learns_from_its_neighbour_and_says_so(filled: Store) -> None:
    await forecast_once(filled, RULES, AT, ForecastMemory())
    runs = {r.place_id: r for r in await filled.forecasts.latest_runs(AT, None, "do_mg_l")}
    young, old = runs["t-c02"], runs["t-c01"]
    assert young.status == "cold_start"
    assert "40" in young.notice_zh
    wide = [r.q90 - r.q10 for r in await filled.forecasts.fan(young.run_id)]
    narrow = [r.q90 - r.q10 for r in await filled.forecasts.fan(old.run_id)]
    assert all(w > n for w, n in zip(wide, narrow, strict=True))


async def test_same_pass_twice_stores_one_forecast(filled: Store) -> None:
    memory = ForecastMemory()
    assert (await forecast_once(filled, RULES, AT, memory)).issued == 3
    again = await forecast_once(filled, RULES, AT, memory)
    assert (again.issued, again.fitted) == (0, 0)


async def test_restarted_loop_uses_the_kept_models(filled: Store) -> None:
    await forecast_once(filled, RULES, AT, ForecastMemory())
    later = await forecast_once(filled, RULES, AT + timedelta(hours=1), ForecastMemory())
    assert (later.issued, later.fitted) == (3, 0)
    states = await filled.forecasts.states()
    assert max(len(row.state) for row in states) <= 50_000


async def test_kept_model_that_no_longer_serves_is_fitted_anew_from_the_whole_past(filled: Store) -> None:
    memory = ForecastMemory()
    await forecast_once(filled, RULES, AT, memory)
    silent = await forecast_once(filled, RULES, AT + timedelta(hours=11), memory)
    assert (silent.issued, silent.fitted) == (3, 0), "a kept model bridges half a day of silence"
    longer = await forecast_once(filled, RULES, AT + timedelta(hours=14), memory)
    assert (longer.issued, longer.fitted) == (3, 2)
    run = next(r for r in await filled.forecasts.latest_runs(AT + timedelta(hours=14)) if r.place_id == "t-c01")
    assert (run.model, run.status) == ("blend", "degraded")


async def test_judges_warn_of_low_oxygen_and_high_waves(filled: Store) -> None:
    await forecast_once(filled, RULES, AT, ForecastMemory())
    context = JudgeContext(store=filled, rules_dir=RULES, at=AT, open_keys=frozenset())
    found = {f.key: f for f in [*await forecasts.judge(context), *await waves.judge(context)]}
    oxygen = found["forecast.oxygen:t-c01"]
    assert oxygen.condition is Condition.ACTIVE
    assert "溶氧" in oxygen.reason_zh
    assert oxygen.subject.name == "1号箱"
    assert oxygen.probability is not None
    assert found["waves.forecast:t-p01"].condition is Condition.ACTIVE
    assert found["waves.now:t-p01"].observed_at <= AT
    assert found["forecast.stale:t-c01"].condition is Condition.CLEARED


async def test_truth_that_came_scores_the_forecast_next_to_persistence(filled: Store) -> None:
    await forecast_once(filled, RULES, AT, ForecastMemory())
    later = AT + timedelta(hours=50)
    await fill(filled, later, 720)
    report = await forecast_once(filled, RULES, later, ForecastMemory())
    assert report.scored == 3
    skill = await filled.forecasts.skill(AT - timedelta(days=1), "t-c01", "do_mg_l")
    ours = {r.lead_h: r.pinball for r in skill if r.model == "blend"}
    reference = {r.lead_h: r.pinball for r in skill if r.model == "persistence"}
    assert set(ours) == {6, 12, 24, 48} == set(reference)
    events = await filled.forecasts.events(AT - timedelta(days=1), "t-c01", "do_mg_l")
    assert events
    assert all(e.onset_at is None or e.happened for e in events)
    assert (await filled.forecasts.demotions())[0].demoted is False
    again = await forecast_once(filled, RULES, later + timedelta(minutes=1), ForecastMemory())
    assert again.scored == 0, "a forecast is scored once"


async def test_loop_with_no_more_rights_than_it_has_scores_keeps_sums_and_forgets(
    filled: Store, role_dsn: RoleDsn
) -> None:
    rules, later = load_rules(RULES / "forecast.toml"), AT + timedelta(hours=50)
    async with Database.session(role_dsn("huangyu_services"), application="test") as database:
        loop = Store(database)
        assert (await forecast_once(loop, RULES, AT, ForecastMemory())).issued == 3
        await fill(filled, later, 720)
        assert await score_due(loop, rules, later) == 3
        assert await loop.forecasts.drop_old_runs(AT + timedelta(days=1), 100) == 3
        assert await loop.forecasts.latest_runs(AT) == []
        kept = await loop.forecasts.skill(AT.date(), "t-c01")
        assert {(row.model, row.cases) for row in kept} == {("blend", 1), ("persistence", 1)}
    assert await filled.forecasts.fan(1) == []


async def score_blend(store: Store, at: datetime, pinball: float) -> None:
    """Keep two weeks' sums in which the model loses this much and persistence 0.2."""
    for model, loss in (("blend", pinball), ("persistence", 0.2)):
        sums = [
            SkillSum(
                place_id="t-c01", point="d2", quantity="do_mg_l", farm_id="t", model=model, lead_h=lead, day=at.date(),
                cases=200, pinball=200 * loss, crps=200 * loss, inside=160, error=0.0, absolute=60.0,
            )
            for lead in (6, 12, 24, 48)
        ]  # fmt: skip
        await store.forecasts.score([], [], [], at, skills=sums, events=[], onsets=[])


async def oxygen_run(store: Store, at: datetime) -> RunRow:
    await forecast_once(store, RULES, at, ForecastMemory())
    return next(r for r in await store.forecasts.latest_runs(at) if r.place_id == "t-c01")


async def test_model_behind_persistence_is_set_aside_announced_and_taken_back(filled: Store) -> None:
    rules = load_rules(RULES / "forecast.toml")
    assert (await oxygen_run(filled, AT)).model == "blend"
    await score_blend(filled, AT, 0.3)
    await review(filled, rules, AT)
    aside = await oxygen_run(filled, AT + timedelta(minutes=1))
    assert (aside.model, aside.status) == ("persistence", "degraded")
    assert "持续性" in aside.notice_zh
    assert set(aside.shadow) == {"6", "12", "24", "48"}, "the model runs along unseen"
    context = JudgeContext(store=filled, rules_dir=RULES, at=AT, open_keys=frozenset())
    told = {f.key: f.condition for f in await forecasts.judge(context)}
    assert told["forecast.aside:t-c01"] is Condition.ACTIVE
    later = AT + timedelta(days=15)
    await score_blend(filled, later, 0.1)
    await review(filled, rules, later)
    assert not any(row.demoted for row in await filled.forecasts.demotions())


async def test_old_sums_are_joined_by_month_and_lose_nothing(store: Store) -> None:
    await fill(store, AT, hours=1)
    for day in (1, 2, 15, 31):
        await score_blend(store, datetime(2026, 5, day, 6, tzinfo=UTC), 0.1)
    await score_blend(store, AT, 0.3)
    before = {(r.model, r.lead_h): (r.cases, r.pinball) for r in await store.forecasts.skill(date(2026, 1, 1))}
    for _ in range(2):
        await store.forecasts.compact_skill(date(2026, 6, 21))
    after = {(r.model, r.lead_h): (r.cases, r.pinball) for r in await store.forecasts.skill(date(2026, 1, 1))}
    assert after == {key: (cases, pytest.approx(loss)) for key, (cases, loss) in before.items()}
    assert {r.cases for r in await store.forecasts.skill(date(2026, 5, 2))} == {200}, "May stands under its first day"
