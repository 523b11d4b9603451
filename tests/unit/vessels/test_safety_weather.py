"""From the store's field and official warnings to the storm rule, and the whole way through the judge."""

import asyncio
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import ConfigError
from core.finding import Finding, Severity
from services.judges import JudgeContext
from services.judges.safety import SafetyJudge
from services.judges.safety_rules import SafetyRules, load_rules
from services.judges.safety_weather import area_warning, grid_of
from store.fake import FakeStore
from store.forecast_rows import RunRow, TrackRow
from store.official import OfficialWarning
from vessels.fleet import RegisterFacts
from vessels.storm_plan import announced

from .safety_helpers import AT, RULES_DIR, boat

RULES = load_rules(RULES_DIR)


@dataclass
class Field:
    """A sea whose wind rises by half a metre per second each hour, with a hole of land west of 121 E."""

    source: str = "test"
    asked: int = 0

    def along(self, lat_deg: Any, lon_deg: Any, unix_s: Any) -> dict[str, Any]:
        self.asked += 1
        wind = 5.0 + 0.5 * (np.asarray(unix_s) - AT.timestamp()) / 3600.0 + np.zeros_like(lat_deg)
        return {"wind_mps": wind, "hs_m": np.where(np.asarray(lon_deg) < 121.0, np.nan, 0.1 * wind)}


RING = ((27.0, 121.0), (28.0, 121.0), (28.0, 122.5), (27.0, 122.5))


def official(**more: Any) -> OfficialWarning:
    values: dict[str, Any] = {
        "identifier": "cap-1", "sender": "nmefc", "sent_at": AT, "event": "海浪橙色警报", "severity": Severity.ORANGE,
        "headline": "海浪橙色警报", "description": "", "onset_at": None, "expires_at": AT + timedelta(hours=24),
        "polygons": (RING,), "circles": (), "areas": (), "parameters": (),
    }  # fmt: skip
    return OfficialWarning(**values | more)


def test_grid_of_samples_as_the_field_and_fills_the_shore() -> None:
    sea = Field()
    grid = grid_of(sea, RULES, AT)
    assert sea.asked == 1
    wind, hs = grid.sample(np.array([27.83, 27.83]), np.array([121.77, 120.9]), np.full(2, AT.timestamp() + 7200))
    assert wind.tolist() == pytest.approx([6.0, 6.0])
    assert hs.tolist() == pytest.approx([0.6, 0.6])  # 120.9 E takes the nearest sea point


@pytest.mark.parametrize(
    ("event", "colour", "wind_mps", "hs_m"),
    [
        ("海浪橙色警报", Severity.ORANGE, None, 4.5),
        ("High wave warning", Severity.BLUE, None, 2.5),
        ("台风红色预警", Severity.RED, 32.7, None),
        ("大风蓝色预警", Severity.BLUE, 10.8, None),
        ("大雾黄色预警", Severity.YELLOW, None, None),
    ],
)
def test_announced_figures_of_official_events(
    event: str, colour: Severity, wind_mps: float | None, hs_m: float | None
) -> None:
    wind, hs = announced(event, colour, RULES.storm)
    assert (wind, hs) == (pytest.approx(wind_mps) if wind_mps else None, hs_m)


@pytest.mark.parametrize(("stated", "hs_m"), [("5.5", 5.5), ("", 4.5), ("high", 4.5), ("nan", 4.5), ("-3", 4.5)])
def test_area_warning_stated_figure_goes_before_the_table(stated: str, hs_m: float) -> None:
    told = area_warning(official(parameters=(("hs_m", stated),)), RULES.storm)
    assert told is not None
    assert (told.hs_m, told.wind_mps, told.onset_at) == (hs_m, None, AT)


@pytest.mark.parametrize("useless", [{"polygons": ()}, {"event": "大雾黄色预警"}, {"expires_at": None}])
def test_area_warning_without_area_figures_or_end_is_none(useless: dict[str, Any]) -> None:
    assert area_warning(official(**useless), RULES.storm) is None


def test_area_warning_circle_becomes_a_ring_of_its_radius() -> None:
    told = area_warning(official(polygons=(), circles=(((27.5, 121.5), 50.0),)), RULES.storm)
    assert told is not None
    north = max(lat for lat, _ in told.polygons[0])
    assert north == pytest.approx(27.5 + 50 / 111.195, abs=1e-6)


def test_load_rules_names_every_bad_file_at_once(tmp_path: Path) -> None:
    shutil.copytree(RULES_DIR, tmp_path / "rules")
    (tmp_path / "rules" / "storm.toml").write_text("version = 1", encoding="utf-8")
    (tmp_path / "rules" / "crew.toml").unlink()
    with pytest.raises(ConfigError) as refusal:
        load_rules(tmp_path / "rules")
    text = str(refusal.value)
    assert "storm.toml" in text
    assert "crew.toml" in text


class Forecasts:
    async def tracks(self, at: datetime, within: timedelta) -> list[TrackRow]:
        return []

    async def latest_runs(self, at: datetime) -> list[RunRow]:
        return []

    async def sea_field(self, at: datetime) -> Field:
        return Field()


class Official:
    async def official_warnings(self, at: datetime) -> list[OfficialWarning]:
        return []


def small_rules(folder: Path) -> Path:
    """The shipped rules with a small box of water and three shelters, so that the search is quick."""
    shutil.copytree(RULES_DIR, folder / "rules")
    path = folder / "rules" / "shelter.toml"
    head, *blocks = path.read_text(encoding="utf-8").split("[[shelters]]")
    for name, value in (("south", 27.3), ("west", 120.8), ("north", 28.2), ("east", 122.2)):
        head = "\n".join(
            f"{name}_deg = {value}" if line.startswith(f"{name}_deg") else line for line in head.splitlines()
        )
    path.write_text(head + "\n" + "".join(f"[[shelters]]{b}" for b in blocks[:4]), encoding="utf-8")
    return folder / "rules"


async def test_judge_storm_from_the_stores_field_warns_the_boat_at_sea(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    store, judge, rules_dir = FakeStore(), SafetyJudge(), small_rules(tmp_path)
    store.forecasts, store.official = Forecasts(), Official()  # type: ignore[attr-defined]
    facts = RegisterFacts(name_zh="浙洞渔00001", length_m=20.0, wind_class_bft=7, hs_limit_m=9.0)
    store.safety.targets = [boat(412300001, 27.6, 121.8, 3.0, 90.0, register=facts)]
    found: list[Finding] = []
    async with asyncio.timeout(60):
        while not found:
            context = JudgeContext(store=store, rules_dir=rules_dir, at=AT, open_keys=frozenset())
            found = [f for f in await judge(context) if f.rule.startswith("vessels.storm")]
            await asyncio.sleep(0.05)  # the search of the routes runs in a thread
    warned, listed = found
    assert warned.key == "vessels.storm:412300001"
    # 17.1 m/s is passed 24.2 h from now; the way is some 30 nmi at 6.4 kn; one hour of margin.
    left_h = (datetime.fromisoformat(str(warned.values["latest_departure_at"])) - AT) / timedelta(hours=1)
    assert left_h == pytest.approx(24.0 - float(warned.values["time_needed_h"] or 0) - 1.0, abs=0.51)
    assert listed.values["boats"] == 1.0


def test_rules_shipped_all_have_version_and_source() -> None:
    for name in SafetyRules.__dataclass_fields__:
        loaded = getattr(RULES, name)
        assert loaded.version, name
        assert loaded.source, name
