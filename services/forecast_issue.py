"""From the past of one series to a forecast that can be stored: model, cold start or persistence, notices, risks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zlib import crc32

import numpy as np

from forecasting.model import coldstart, engine, keeping
from forecasting.model.engine import MODEL_VERSION, Model
from forecasting.model.predictive import DECILES, LEVELS, Predictive
from forecasting.risk import event_risks
from forecasting.rules import ForecastRules, SeriesRule
from forecasting.series.harmonics import Floats
from forecasting.series.history import HistoryError, Hourly
from forecasting.series.scale import to_model
from forecasting.verify import persistence_deciles
from services.forecast_grids import GRIDDED, handed_over
from services.forecast_inputs import Place, hour_start
from services.forecast_storms import StormCourse
from store.forecast_rows import NewRisk, NewRun

ROOM_AHEAD = 30
"""Analogs that a kept model of oxygen gives up for its correction by what is known ahead: 50 KB hold both."""
LOCAL_NOON_LON_DEG = 15.0
"""Degrees of longitude that the sun takes an hour for."""


@dataclass(frozen=True, kw_only=True)
class Issued:
    """One forecast ready to be stored; `fitted` when its model was made anew on the way."""

    place: Place
    run: NewRun
    predictive: Predictive
    deciles: Floats
    paths: Floats
    risks: tuple[NewRisk, ...]
    fitted: Model | None


def issue(
    place: Place,
    rules: ForecastRules,
    at: datetime,
    kept: tuple[datetime, Model] | None,
    before: Sequence[Issued],
    *,
    set_aside: bool = False,
    grid: Predictive | None = None,
    grid_notice: tuple[str, str] = ("", ""),
    storm: StormCourse | None = None,
) -> Issued | None:
    """Return the forecast of a series, None when nothing honest can be said of it, or not by the end of its past alone.

    Parameters
    ----------
    kept
        When its model was fitted, and the model.
    before
        Forecasts of this pass already made: a new series learns from its neighbours.
    set_aside
        The model fell behind persistence: persistence is issued, the model runs along unseen.
    grid
        The corrected gridded forecast of this place, where there is one.
    grid_notice
        What people must know about the grid, for quantities that lean on it.
    storm
        What a typhoon brings to this place where no grid tells it.
    """
    random = np.random.default_rng(_seed(place, at))
    cold = place.whole and (place.series is None or place.good_hours < rules.cold_below_h)
    own, fitted = _own(place, rules, at, kept, before, random, cold=cold)
    draft = _Draft(own=own, model="cold_start" if cold else "blend", cold=cold, fitted=fitted)
    if grid is not None and (own is not None or place.whole):
        draft = _over_grid(draft, grid)
    if draft.own is None:
        return None
    draft = draft.noted(_notice(place, rules, cold=draft.cold), grid_notice if place.quantity in GRIDDED else NOTHING)
    if set_aside and not draft.cold and place.series is not None:
        draft = _behind_persistence(draft, place.series, rules.demotion.leads_h)
    if storm is not None:
        draft = _over_storm(draft, storm)
    status = "degraded" if draft.notice[0] and not draft.cold else "cold_start" if cold else "ok"
    return _packed(place, draft, rules, at, random, status)


NOTHING = ("", "")
SET_ASIDE = (
    "模型近期不如持续性预报，暂用持续性预报",
    "the model fell behind persistence lately, persistence stands in",
)


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """A forecast on its way: what it says, by which model, and what people must know of it in both languages.

    Parameters
    ----------
    own
        What it says so far; None while only a grid or a storm could speak.
    cold
        It rests on neighbours or physics alone.
    shadow, weights
        As `NewRun` keeps them.
    """

    own: Predictive | None
    model: str
    cold: bool
    fitted: Model | None
    notice: tuple[str, str] = NOTHING
    shadow: Mapping[str, list[float]] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def predictive(self) -> Predictive:
        """Return what it says, once something does."""
        assert self.own is not None
        return self.own

    def noted(self, *notices: tuple[str, str]) -> "_Draft":
        """Return it with notices before those it has."""
        told = [notice for notice in (*notices, self.notice) if notice[0]]
        return replace(self, notice=("；".join(t[0] for t in told), "; ".join(t[1] for t in told)))


def _over_grid(draft: _Draft, grid: Predictive) -> _Draft:
    """Return the forecast handing over to the grid by lead."""
    predictive, weights = handed_over(draft.own, grid)
    return replace(draft, own=predictive, weights=weights, model="grid" if draft.cold else draft.model, cold=False)


def _behind_persistence(draft: _Draft, series: Hourly, leads_h: Sequence[int]) -> _Draft:
    """Return persistence in the model's place; the model runs along unseen, at the scored leads."""
    deciles = draft.predictive.quantiles(DECILES)
    shadow = {str(h): np.round(deciles[h - 1], 4).tolist() for h in leads_h if h <= draft.predictive.horizon}
    still = _persistence(series, draft.predictive)
    return replace(draft, own=still, model="persistence", shadow=shadow).noted(SET_ASIDE)


def _over_storm(draft: _Draft, storm: StormCourse) -> _Draft:
    """Return the forecast with a typhoon's waves or wind as the least that is expected."""
    raised = storm.floor(draft.predictive)
    return replace(draft, own=raised, weights={**draft.weights, "typhoon": 1.0}).noted(storm.notice)


def _own(
    place: Place,
    rules: ForecastRules,
    at: datetime,
    kept: tuple[datetime, Model] | None,
    before: Sequence[Issued],
    random: np.random.Generator,
    *,
    cold: bool,
) -> tuple[Predictive | None, Model | None]:
    """Return what the series' own past says, or its neighbours and physics, and the model where one was fitted."""
    if not place.whole:
        return _by_kept(place, rules, at, kept), None
    if cold or place.series is None:
        return _cold(place, at, before, random), None
    return _warm(place, place.series, rules, at, kept)


def _persistence(series: Hourly, model: Predictive) -> Predictive:
    """Return the last value with the spread of past changes, joined over leads as the model's errors are."""
    level = to_model(series.y, model.kind)
    table = persistence_deciles(level, model.horizon, LEVELS).T
    return Predictive(kind=model.kind, table=np.sort(table, axis=0), ranks=model.ranks)


def _seed(place: Place, at: datetime) -> list[int]:
    return [*"/".join(place.key).encode(), int(hour_start(at).timestamp())]


def due(key: tuple[str, str, str], fitted_at: datetime, at: datetime, refit_h: float) -> bool:
    """Return whether a model is to be fitted anew: at the series' own hour of the day, or when it is half a day late.

    So the fits of many series spread over the hours, also after a start at which all were fitted at once.
    """
    age_h = (at - fitted_at).total_seconds() / 3600
    cycle = max(1, round(refit_h))
    own_hour = int(hour_start(at).timestamp()) // 3600 % cycle == crc32("/".join(key).encode()) % cycle
    return age_h >= 1.5 * refit_h or (own_hour and age_h >= 0.5 * refit_h)


def _by_kept(
    place: Place, rules: ForecastRules, at: datetime, kept: tuple[datetime, Model] | None
) -> Predictive | None:
    """Return the forecast by the kept model, None when that is old, unfit or the series long silent."""
    series = place.series
    if kept is None or series is None or due(place.key, kept[0], at, rules.refit_h):
        return None
    # Errors were learned with or without the wind ahead: a model for the other case is as wrong as an old one.
    if engine.silent_hours(series) > rules.bridged_h or (kept[1].ahead is None) != (not series.future):
        return None
    try:
        return engine.predict(kept[1], series.tail(engine.TAIL_H), place.rule.horizon_h)
    except HistoryError:
        return None


def _warm(
    place: Place, series: Hourly, rules: ForecastRules, at: datetime, kept: tuple[datetime, Model] | None
) -> tuple[Predictive, Model | None]:
    """Return the forecast by the kept model where it serves, else by one fitted now."""
    predictive = _by_kept(place, rules, at, kept)
    if predictive is not None:
        return predictive, None
    rule, silent = place.rule, min(engine.silent_hours(series), engine.MAX_SILENT_H)
    # A correction by what is known ahead takes room beside the larger model of oxygen: fewer analogs keep it small.
    cases = engine.KEPT_CASES - (ROOM_AHEAD if series.future and rule.kind == "oxygen" else 0)
    fitted = engine.fit(series, rule.kind, rule.horizon_h + max(silent, rules.bridged_h), cases=cases)
    # As it will be read back: a restart between two passes then changes no forecast.
    model = keeping.from_bytes(keeping.to_bytes(fitted))
    return engine.predict(model, series.tail(engine.TAIL_H), rule.horizon_h), model


def _cold(place: Place, at: datetime, before: Sequence[Issued], random: np.random.Generator) -> Predictive | None:
    """Return a forecast without a fitted model: neighbours of the same farm and quantity first, then physics."""
    near = [
        one
        for one in before
        if one.place.quantity == place.quantity and one.run.model == "blend" and _same_waters(one.place, place)
    ]
    last = _newest(place.series)
    if near:
        usual = [value for one in near if (value := _newest(one.place.series)) is not None]
        kind = near[0].predictive.kind
        own = None if last is None else float(to_model(np.array([last]), kind)[0])
        theirs = float(np.mean(to_model(np.array(usual), kind))) if usual else None
        return coldstart.from_neighbours([one.predictive for one in near], own, theirs)
    if place.rule.kind != "oxygen" or place.series is None:
        return None
    temp = _newest_of(place.series, "water_temp_c")
    if temp is None:
        return None
    salt = _newest_of(place.series, "salinity_psu")
    hours = np.arange(1.0, place.rule.horizon_h + 1) + hour_start(at).hour - 1
    local: Floats = (hours + (place.lon_deg or 120.0) / LOCAL_NOON_LON_DEG) % 24
    return coldstart.oxygen_from_physics(local, temp, 30.0 if salt is None else salt, last, random)


def _same_waters(one: Place, other: Place) -> bool:
    return one.farm_id is not None and one.farm_id == other.farm_id and one.key != other.key


def _newest(series: Hourly | None) -> float | None:
    """Return the newest good value of the last day, None without one."""
    if series is None:
        return None
    recent = series.y[-24:]
    good = recent[np.isfinite(recent)]
    return float(good[-1]) if len(good) else None


def _newest_of(series: Hourly, name: str) -> float | None:
    column = series.covariates.get(name)
    if column is None:
        return None
    good = column[np.isfinite(column)]
    return float(good[-1]) if len(good) else None


def _notice(place: Place, rules: ForecastRules, *, cold: bool) -> tuple[str, str]:
    """Return what people must know about this forecast, both languages; empty when it is as it should be."""
    if cold:
        return (
            f"历史数据只有 {place.good_hours} 小时，按邻近网箱和物理规律估计，范围放宽",
            f"only {place.good_hours} h of history: estimated from neighbours and physics, with a wide range",
        )
    if place.series is None:
        return "", ""
    silent = engine.silent_hours(place.series)
    if silent >= rules.silent_after_h:
        return f"已 {silent} 小时没有合格数据，预报范围放宽", f"no good data for {silent} h: the range is widened"
    return "", ""


def _packed(
    place: Place, draft: _Draft, rules: ForecastRules, at: datetime, random: np.random.Generator, status: str
) -> Issued:
    """Return a forecast as rows: run, deciles, joint futures and the risk of every limit and window."""
    predictive, origin = draft.predictive, hour_start(at)
    paths = predictive.paths(rules.paths, random)
    run = NewRun(
        place_id=place.place_id,
        farm_id=place.farm_id,
        point=place.point,
        quantity=place.quantity,
        issued_at=at,
        origin_at=origin,
        horizon_h=predictive.horizon,
        model=draft.model,
        model_version=MODEL_VERSION,
        status=status,
        notice_zh=draft.notice[0],
        notice_en=draft.notice[1],
        shadow=draft.shadow,
        weights=draft.weights,
    )
    return Issued(
        place=place,
        run=run,
        predictive=predictive,
        deciles=np.sort(predictive.quantiles(DECILES), axis=1),
        paths=paths,
        risks=tuple(_risks(paths, place.rule, origin)),
        fitted=draft.fitted,
    )


def _risks(paths: Floats, rule: SeriesRule, origin: datetime) -> list[NewRisk]:
    """Return the risk of each limit within each window; lead 1 is the hour that begins at the origin."""
    return [
        NewRisk(
            limit_value=limit.value,
            below=rule.below,
            window_h=risk.window_h,
            probability=risk.probability,
            expected_hours=risk.expected_hours,
            worst_at=at_lead(origin, risk.worst_lead_h),
            onset_p10_at=None if risk.onset_p10_h is None else at_lead(origin, risk.onset_p10_h),
            onset_p50_at=None if risk.onset_p50_h is None else at_lead(origin, risk.onset_p50_h),
            onset_p90_at=None if risk.onset_p90_h is None else at_lead(origin, risk.onset_p90_h),
            severity=int(limit.severity),
        )
        for limit in rule.limit
        for risk in event_risks(paths, limit.value, below=rule.below, windows_h=rule.windows_h)
    ]


def at_lead(origin: datetime, lead_h: float) -> datetime:
    """Return the beginning of the hour of a lead."""
    return origin + timedelta(hours=lead_h - 1)
