"""What the screens ask of the forecasts' record: skill, events, onsets and models set aside, in the session's scope."""

from dataclasses import dataclass
from datetime import date, datetime

from store.scoped import Scope

MOST_ONSETS = 500


@dataclass(frozen=True, kw_only=True)
class SkillSumRow:
    """Sums of scores; `place_id` empty for every place together, season 0 winter to 3 autumn."""

    place_id: str
    quantity: str
    model: str
    lead_h: int
    season: int
    cases: int
    pinball: float
    crps: float
    inside: int
    error: float
    absolute: float


@dataclass(frozen=True, kw_only=True)
class EventSumRow:
    """Chances of one colour, window and tenth, and what came of them; see the comments of table forecast_event."""

    quantity: str
    severity: int
    window_h: int
    bin: int
    season: int
    cases: int
    chance: float
    came: int
    brier: float
    cost: float
    fresh: int
    warned: int
    hits: int
    misses: int


@dataclass(frozen=True, kw_only=True)
class OnsetRow:
    """A limit that was crossed anew, and when it was first warned of."""

    place_id: str
    name_zh: str
    name_en: str
    point: str
    quantity: str
    severity: int
    onset_at: datetime
    limit_value: float
    warned_at: datetime | None
    forecasts: int
    warned: int


@dataclass(frozen=True, kw_only=True)
class SetAsideRow:
    """A series whose model is set aside for persistence."""

    place_id: str
    point: str
    quantity: str
    decided_at: datetime
    skill: float | None
    cases: int
    reason_zh: str
    reason_en: str


def skill(
    scope: Scope, since: date, place_id: str | None = None, *, by_place: bool = False, by_lead: bool = True
) -> list[SkillSumRow]:
    """Return sums of scores of forecasts made since a day, of every place together or each, of all leads or each."""
    return scope.rows(
        SkillSumRow, "reader/forecast_skill", since=since, place_id=place_id, by_place=by_place, by_lead=by_lead
    )


def events(scope: Scope, since: date, place_id: str | None = None) -> list[EventSumRow]:
    """Return what came of the chances told since the month of a day."""
    return scope.rows(EventSumRow, "reader/forecast_events", since=since, place_id=place_id)


def onsets(scope: Scope, since: datetime, place_id: str | None = None) -> list[OnsetRow]:
    """Return the newest onsets since a time, at most `MOST_ONSETS`."""
    return scope.rows(OnsetRow, "reader/forecast_onsets", since=since, place_id=place_id, limit=MOST_ONSETS)


def set_aside(scope: Scope, place_id: str | None = None) -> list[SetAsideRow]:
    """Return the series whose model is set aside now."""
    return scope.rows(SetAsideRow, "reader/forecast_set_aside", place_id=place_id)
