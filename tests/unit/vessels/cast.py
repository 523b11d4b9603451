"""Targets and register rows for the tests of who a boat is."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from core.position import PositionSource
from vessels.picture import Elsewhere, Movement, Picture
from vessels.register import Register, RegisterRow
from vessels.reports import StaticReport
from vessels.rules import load
from vessels.statics import Statics
from vessels.verdict import Verdict, judge

RULES = load(Path(__file__).parents[3] / "config" / "rules")
NAMES = RULES.names
AT = datetime(2026, 11, 20, 4, tzinfo=UTC)
LATER = date(2028, 1, 1)


def a_boat(**more: object) -> RegisterRow:
    values: dict[str, object] = {
        "boat_id": "DJ1", "name_zh": "浙洞渔12345", "mmsi": 412000123, "port": "洞头", "length_m": 24.0, "beam_m": 5.4,
        "registration_until": LATER, "inspection_until": LATER, "permit_until": LATER,
    }  # fmt: skip
    return RegisterRow(**(values | more))  # type: ignore[arg-type]


def others(county: str = "洞") -> list[RegisterRow]:
    return [
        RegisterRow(boat_id=f"X{k}", name_zh=f"浙{county}渔9000{k}", mmsi=412900000 + k, port="洞头", length_m=20.0)
        for k in range(5)
    ]


def a_picture(
    *, mmsi: int = 412000123, name: str | None = "ZHEDONGYU12345", size: tuple[int, int] | None = (24, 5),
    ship_type: int | None = 30, parts: tuple[str, ...] = ("24A", "24B"), n: int = 60, sog_kn: float = 3.0,
    source: PositionSource = PositionSource.AIS_B, **more: object,
) -> Picture:  # fmt: skip
    statics = Statics()
    for part in parts:
        statics.add(
            StaticReport(
                mmsi=mmsi, observed_at=AT, part=part, ais_class="B", name=name if part != "24B" else None,
                ship_type=ship_type if part != "24A" else None, to_bow_m=size[0] if size and part != "24A" else None,
                to_stern_m=0 if size and part != "24A" else None, to_port_m=size[1] if size and part != "24A" else None,
                to_starboard_m=0 if size and part != "24A" else None,
            )
        )  # fmt: skip
    fast = sog_kn >= 5.5
    values: dict[str, object] = {
        "target_id": str(mmsi), "mmsi": mmsi, "first_at": AT - timedelta(hours=2), "last_at": AT, "lat_deg": 27.8,
        "lon_deg": 121.2, "bbox": (121.1, 27.7, 121.3, 27.9), "sources": frozenset({source}), "statuses": frozenset(),
        "statics": statics, "movement": Movement(
            n=n, span_s=7200, interval_s=30.0, sog_median_kn=sog_kn, sog_high_kn=sog_kn, under_way=0.9 if fast else 0.0,
            fishing=0.0 if fast or sog_kn < 0.5 else 0.9, stopped=1.0 if sog_kn < 0.2 else 0.0, extent_nm=3.0,
        ),
    }  # fmt: skip
    return Picture(**(values | more))  # type: ignore[arg-type]


def verdict_of(picture: Picture, *rows: RegisterRow) -> Verdict:
    return judge(picture, Register([*(rows or (a_boat(),)), *others()], NAMES), RULES, AT)


def far(mmsi: int) -> tuple[Elsewhere, ...]:
    return (Elsewhere(target_id=str(mmsi), mmsi=mmsi, distance_nm=20.0, at=AT),)
