"""The read API, ``/api/v1``: the same scope as the screens, by bearer token or by the browser's session. GET only."""

import time
import uuid
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse, Response

from core.errors import StoreError
from core.units import QUANTITIES
from dashboard.state import shared
from dashboard.views import place
from dashboard.web.cookies import SESSION
from dashboard.web.live import geojson, targets_body, wanted_classes
from store import reader, reader_cages, reader_desk, reader_record
from store.access import Person, whoami
from store.scoped import DatabaseAwayError, Scope

MAX_POINTS = 5000
MAX_SPAN = timedelta(days=400)
WINDOW_S = 60.0
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
PlaceId = Annotated[str | None, Query(max_length=64, pattern=r"^[^\x00-\x1f]*$")]
"""An id of a cage or place: no control character, which PostgreSQL could not take."""
Days = Annotated[int, Query(ge=1, le=3660)]
FORECAST_H = 120
"""As far as a gridded forecast reaches. [h]"""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls: the token and the person behind it."""

    token: str
    person: Person


@dataclass(frozen=True, kw_only=True)
class SeriesInfo:
    """A series with its place."""

    series_id: int
    cage_id: str
    point: str
    quantity: str
    unit: str
    depth_m: float | None
    lat_deg: float | None
    lon_deg: float | None
    cage_zh: str


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One reading."""

    observed_at: datetime
    value: float | None
    qc: int


class RateLimit:
    """At most so many requests a minute for one key; a sliding window in memory, bounded in keys."""

    def __init__(self, per_minute: int, *, max_keys: int = 10_000) -> None:
        self._limit = per_minute
        self._max_keys = max_keys
        self._seen: dict[str, deque[float]] = {}

    def wait_s(self, key: str, now_s: float) -> float:
        """Return 0 and count the request when it may pass, else the seconds to wait."""
        if len(self._seen) > self._max_keys:
            self._seen.clear()
        times = self._seen.setdefault(key, deque())
        while times and times[0] <= now_s - WINDOW_S:
            times.popleft()
        if len(times) >= self._limit:
            return times[0] + WINDOW_S - now_s
        times.append(now_s)
        return 0.0


def create_api(*, per_minute: int) -> FastAPI:
    """Return the API application, to be mounted at /api/v1."""
    api = FastAPI(
        title="huangyu",
        version="1",
        summary="Readings, forecasts, alerts and targets, in the caller's scope. Read only.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        root_path_in_servers=False,
        servers=[{"url": "/api/v1"}],
    )
    limiter = RateLimit(per_minute)

    def caller(request: Request) -> Caller:
        given = request.headers.get("authorization", "")
        token = given[7:] if given[:7].lower() == "bearer " else request.cookies.get(SESSION, "")
        try:
            person = whoami(shared().pool, token)
        except DatabaseAwayError as exc:
            raise HTTPException(503, "the database does not answer") from exc
        if person is None:
            raise HTTPException(401, "give a valid bearer token", headers={"WWW-Authenticate": "Bearer"})
        wait = limiter.wait_s(str(person.person_id), time.monotonic())
        if wait > 0:
            raise HTTPException(429, "too many requests", headers={"Retry-After": str(int(wait) + 1)})
        return Caller(token=token, person=person)

    @api.exception_handler(StoreError)
    async def away(_request: Request, _problem: Exception) -> JSONResponse:
        return JSONResponse({"detail": "the database does not answer"}, status_code=503)

    who = Annotated[Caller, Depends(caller)]
    _add_readings(api, who)
    _add_record(api, who)
    _add_sea(api, who)
    _add_alerts(api, who)
    _add_sensor_things(api, who)
    return api


def _span(since: datetime | None, until: datetime | None, default: timedelta) -> tuple[datetime, datetime]:
    end = until or datetime.now(UTC)
    if end.tzinfo is None or (since is not None and since.tzinfo is None):
        raise HTTPException(422, "times need a zone, 2026-11-23T08:00:00Z")
    if not EARLIEST <= end <= LATEST:
        raise HTTPException(422, f"times must be between {EARLIEST:%Y} and {LATEST:%Y}")
    begin = since or end - default
    if not timedelta(0) < end - begin <= MAX_SPAN:
        raise HTTPException(422, f"since must be before until, at most {MAX_SPAN.days} days")
    return begin, end


def _add_readings(api: FastAPI, who: Any) -> None:
    @api.get("/farms", summary="Farms in scope")
    def farms(caller: who) -> list[reader.FarmRow]:
        with shared().pool.scope(caller.token) as scope:
            return reader.farms(scope)

    @api.get("/latest", summary="Newest reading of every series")
    def latest(caller: who, cage: PlaceId = None) -> list[reader.LatestRow]:
        with shared().pool.scope(caller.token) as scope:
            return reader.latest(scope, cage)

    @api.get("/series", summary="Series in scope")
    def series(caller: who) -> list[SeriesInfo]:
        with shared().pool.scope(caller.token) as scope:
            return scope.rows(SeriesInfo, "reader/series", series_id=None)

    @api.get("/series/{series_id}", summary="Low, high and mean in even buckets")
    def buckets(
        caller: who,
        series_id: int,
        since: datetime | None = None,
        until: datetime | None = None,
        points: Annotated[int, Query(ge=1, le=MAX_POINTS)] = 1000,
    ) -> list[reader.Bucket]:
        begin, end = _span(since, until, timedelta(days=1))
        if not 0 <= series_id < 2**31:
            raise HTTPException(404, "no such series for you")
        with shared().pool.scope(caller.token) as scope:
            if not scope.rows(SeriesInfo, "reader/series", series_id=series_id):
                raise HTTPException(404, "no such series for you")
            return reader.buckets(scope, [series_id], begin, end, points=points)

    @api.get("/forecasts", summary="Newest forecast of each series, lead by lead")
    def forecasts(caller: who, place: PlaceId = None) -> list[reader_cages.FanRow]:
        with shared().pool.scope(caller.token) as scope:
            return reader_cages.fans(scope, now=datetime.now(UTC), place_id=place, hours=FORECAST_H)

    @api.get("/forecasts/risks", summary="Chance of each limit in the newest forecasts, with its onset and duration")
    def risks(caller: who, place: PlaceId = None) -> list[reader_cages.RiskRow]:
        with shared().pool.scope(caller.token) as scope:
            return reader_cages.risks(scope, now=datetime.now(UTC), place_id=place)


def _add_record(api: FastAPI, who: Any) -> None:
    """Add how good the forecasts were; season 0 is winter (December to February), 3 autumn."""

    @api.get("/forecasts/skill", summary="Sums of scores by place, model, lead and season, next to persistence")
    def skill(caller: who, place: PlaceId = None, days: Days = 365) -> list[reader_record.SkillSumRow]:
        since = (datetime.now(UTC) - timedelta(days=days)).date()
        with shared().pool.scope(caller.token) as scope:
            return reader_record.skill(scope, since, place, by_place=True)

    @api.get("/forecasts/events", summary="Told chances and what came, by colour, window, tenth and season")
    def events(caller: who, place: PlaceId = None, days: Days = 365) -> list[reader_record.EventSumRow]:
        since = (datetime.now(UTC) - timedelta(days=days)).date()
        with shared().pool.scope(caller.token) as scope:
            return reader_record.events(scope, since, place)

    @api.get("/forecasts/onsets", summary="Limits crossed anew, newest first, and when a forecast first warned")
    def onsets(caller: who, place: PlaceId = None, days: Days = 365) -> list[reader_record.OnsetRow]:
        with shared().pool.scope(caller.token) as scope:
            return reader_record.onsets(scope, datetime.now(UTC) - timedelta(days=days), place)

    @api.get("/forecasts/set-aside", summary="Series whose model is set aside for persistence")
    def aside(caller: who, place: PlaceId = None) -> list[reader_record.SetAsideRow]:
        with shared().pool.scope(caller.token) as scope:
            return reader_record.set_aside(scope, place)


@dataclass(frozen=True, kw_only=True)
class SeaAnswer:
    """Waves and wind at a place: where, what it rests on, the fan lead by lead, the chance of each colour."""

    place_id: str
    sources: list[str]
    fan: list[reader_cages.FanRow]
    risks: list[reader_cages.RiskRow]


def _add_sea(api: FastAPI, who: Any) -> None:
    """Add the forecast of waves and wind at any place of the sea."""

    @api.get("/sea", summary="Waves and wind at a boat, in a zone or at a point, up to 120 h ahead")
    def sea(
        caller: who,
        mmsi: Annotated[int | None, Query(ge=1, le=999_999_999)] = None,
        zone: PlaceId = None,
        lat: Annotated[float | None, Query(ge=-90, le=90)] = None,
        lon: Annotated[float | None, Query(ge=-180, le=180)] = None,
    ) -> SeaAnswer:
        at = datetime.now(UTC)
        with shared().pool.scope(caller.token) as scope:
            spot = _spot(scope, at, mmsi, zone, lat, lon)
            made = place.forecasts(spot, reader_desk.sea_field(scope, at), reader_desk.storms(scope, at), at)
        return SeaAnswer(
            place_id=spot.place_id,
            sources=sorted({source for one in made for source in one.sources}),
            fan=[row for one in made for row in place.fan(one, spot, at)],
            risks=[row for one in made for row in place.risks(one, spot, at)],
        )


def _spot(
    scope: Scope, at: datetime, mmsi: int | None, zone: str | None, lat: float | None, lon: float | None
) -> place.Spot:
    """Return the place that is asked about; exactly one of boat, zone and point may be."""
    if [mmsi is not None, zone is not None, lat is not None and lon is not None].count(True) != 1:
        raise HTTPException(422, "give one of mmsi, zone, or lat and lon")
    if mmsi is not None:
        heard = reader.targets(scope, now=at, age_s=int(place.LARGEST_AGE.total_seconds()), mmsi=mmsi)
        if not heard:
            raise HTTPException(404, "no such boat for you, or not heard in the last day")
        return place.of_boat(heard[0])
    if zone is not None:
        found = next((z for z in reader.zones(scope) if z.zone_id == zone), None)
        if found is None:
            raise HTTPException(404, "no such zone")
        return place.of_zone(found)
    assert lat is not None and lon is not None
    return place.of_point(lat, lon)


def _add_alerts(api: FastAPI, who: Any) -> None:
    @api.get("/alerts", summary="Alerts, open ones first")
    def alerts(
        caller: who,
        open: bool | None = True,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> list[reader.AlertRow]:
        with shared().pool.scope(caller.token) as scope:
            return reader.alerts(scope, still_open=open, limit=limit)

    @api.get("/alerts/{alert_id}", summary="One alert with its steps")
    def alert(caller: who, alert_id: uuid.UUID) -> dict[str, Any]:
        with shared().pool.scope(caller.token) as scope:
            found = reader.alert(scope, str(alert_id))
            if found is None:
                raise HTTPException(404, "no such alert for you")
            return {"alert": found, "events": reader.alert_events(scope, str(alert_id))}

    @api.get("/targets.geojson", summary="Live targets as GeoJSON", response_class=Response)
    def targets(request: Request, caller: who, classes: Annotated[str, Query(max_length=300)] = "") -> Response:
        return geojson(request, targets_body(caller.token, wanted_classes(classes)), max_age_s=0)


def _add_sensor_things(api: FastAPI, who: Any) -> None:
    """Add views shaped as OGC SensorThings 1.1: Things are cages, Datastreams are series."""

    @api.get("/sta/Things", summary="SensorThings: cages")
    def things(caller: who) -> dict[str, Any]:
        with shared().pool.scope(caller.token) as scope:
            found = reader.cages(scope)
        return {"@iot.count": len(found), "value": [_thing(c) for c in found]}

    @api.get("/sta/Datastreams", summary="SensorThings: series")
    def datastreams(caller: who) -> dict[str, Any]:
        with shared().pool.scope(caller.token) as scope:
            found = scope.rows(SeriesInfo, "reader/series", series_id=None)
        return {"@iot.count": len(found), "value": [_datastream(s) for s in found]}

    @api.get("/sta/Datastreams({series_id})/Observations", summary="SensorThings: readings, newest first")
    def observations(
        caller: who,
        series_id: int,
        since: datetime | None = None,
        until: datetime | None = None,
        top: Annotated[int, Query(alias="$top", ge=1, le=MAX_POINTS)] = 100,
        skip: Annotated[int, Query(alias="$skip", ge=0, le=10_000_000)] = 0,
    ) -> dict[str, Any]:
        begin, end = _span(since, until, timedelta(days=1))
        with shared().pool.scope(caller.token) as scope:
            if not 0 <= series_id < 2**31 or not scope.rows(SeriesInfo, "reader/series", series_id=series_id):
                raise HTTPException(404, "no such datastream for you")
            rows = scope.rows(
                Observation, "reader/observations", series_id=series_id, since=begin, until=end, limit=top, skip=skip
            )
        return {"value": [_observation(series_id, row) for row in rows]}


def _thing(cage: reader.CageRow) -> dict[str, Any]:
    return {
        "@iot.id": cage.cage_id,
        "name": cage.name_zh,
        "description": cage.kind,
        "properties": {"farm": cage.farm_id},
        "Locations": [
            {
                "name": cage.name_zh,
                "encodingType": "application/geo+json",
                "location": {"type": "Point", "coordinates": [cage.lon_deg, cage.lat_deg]},
            }
        ],
    }


def _datastream(series: SeriesInfo) -> dict[str, Any]:
    quantity = QUANTITIES.get(series.quantity)
    return {
        "@iot.id": series.series_id,
        "name": f"{series.cage_id}.{series.point}.{series.quantity}",
        "description": quantity.en if quantity else series.quantity,
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        "unitOfMeasurement": {
            "name": series.unit,
            "symbol": quantity.symbol if quantity else series.unit,
            "definition": "https://www.rfc-editor.org/rfc/rfc8428",
        },
        "Thing": {"@iot.id": series.cage_id},
        "ObservedProperty": {"name": series.quantity, "description": quantity.zh if quantity else ""},
        "properties": {"depth_m": series.depth_m},
    }


def _observation(series_id: int, row: Observation) -> dict[str, Any]:
    at = row.observed_at.isoformat().replace("+00:00", "Z")
    return {
        "phenomenonTime": at,
        "resultTime": at,
        "result": row.value,
        "resultQuality": {"qartod": row.qc},
        "Datastream": {"@iot.id": series_id},
    }
