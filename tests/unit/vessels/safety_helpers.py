"""Short makers of targets and rules for the safety tests."""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from core.position import PositionSource
from core.settings import build
from core.target import TargetClass
from store.fake import FakeStore
from store.forecast_rows import RunRow, TrackRow
from store.official import OfficialWarning
from vessels.fleet import RegisterFacts, Target

AT = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
RULES_DIR = Path(__file__).parents[3] / "config" / "rules"
T = TypeVar("T")


def rules(kind: type[T], name: str, **changes: Any) -> T:
    """Return the shipped rule file `name` as `kind`, with some keys changed."""
    table = tomllib.loads((RULES_DIR / f"{name}.toml").read_text(encoding="utf-8"))
    return build(kind, table | changes, where=name)


def boat(
    mmsi: int, lat_deg: float, lon_deg: float, sog_kn: float | None = None, cog_deg: float | None = None, **more: Any
) -> Target:
    """Return a registered fishing boat heard just now."""
    facts = more.pop("register", RegisterFacts(name_zh=f"浙洞渔{mmsi % 100000:05d}", gear="拖网", length_m=32.0))
    defaults: dict[str, Any] = {"kind": TargetClass.REGISTERED, "source": PositionSource.AIS_B, "observed_at": AT}
    return Target(
        mmsi=mmsi, lat_deg=lat_deg, lon_deg=lon_deg, sog_kn=sog_kn, cog_deg=cog_deg, register=facts, **(defaults | more)
    )


def merchant(mmsi: int, lat_deg: float, lon_deg: float, sog_kn: float, cog_deg: float, **more: Any) -> Target:
    """Return a cargo ship heard just now."""
    defaults: dict[str, Any] = {
        "kind": TargetClass.MERCHANT,
        "source": PositionSource.AIS_A,
        "observed_at": AT,
        "ship_type": 70,
        "length_m": 180.0,
    }
    return Target(mmsi=mmsi, lat_deg=lat_deg, lon_deg=lon_deg, sog_kn=sog_kn, cog_deg=cog_deg, **(defaults | more))


def minutes(n: float) -> timedelta:
    """Return n minutes."""
    return timedelta(minutes=n)


class NoForecast:
    """Forecasts of a store that holds none: no grid, no storm, no buoy."""

    async def sea_field(self, at: datetime) -> None:
        return None

    async def tracks(self, at: datetime, within: timedelta) -> list[TrackRow]:
        return []

    async def latest_runs(self, at: datetime) -> list[RunRow]:
        return []


class NoWarnings:
    """Official warnings of a store that holds none."""

    async def official_warnings(self, at: datetime) -> list[OfficialWarning]:
        return []


class CalmStore(FakeStore):
    """The store in memory with a sea of which nothing is forecast and nothing is announced."""

    def __init__(self) -> None:
        super().__init__()
        self.forecasts, self.official = NoForecast(), NoWarnings()
