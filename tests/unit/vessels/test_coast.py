"""The clipped coastline: known points, crossings, cache, map text."""

import json
from pathlib import Path

import pytest

from core.errors import ConfigError
from vessels import coast


@pytest.fixture(scope="module")
def dongtou(tmp_path_factory: pytest.TempPathFactory) -> coast.Coast:
    return coast.region(*coast.DONGTOU, cache_dir=tmp_path_factory.mktemp("coast"))


def test_coast_dongtou_island_is_land_and_open_sea_is_not(dongtou: coast.Coast) -> None:
    assert dongtou.is_land([27.84, 27.80, 28.00], [121.15, 121.20, 120.66]).tolist() == [True, False, True]


def test_coast_line_over_the_island_crosses_land(dongtou: coast.Coast) -> None:
    assert dongtou.crosses([27.80, 27.84], [121.30, 121.05])
    assert not dongtou.crosses([27.60, 27.60], [121.30, 121.60])
    assert dongtou.legs_cross([27.80, 27.60], [121.30, 121.30], [27.84, 27.60], [121.05, 121.60]).tolist() == [
        True,
        False,
    ]


def test_coast_has_full_resolution(dongtou: coast.Coast) -> None:
    assert len(dongtou.land.geoms) > 300  # Natural Earth 10 m has 5


def test_region_second_call_reads_the_cache_and_damage_is_mended(tmp_path: Path) -> None:
    box = (27.7, 121.0, 27.9, 121.3)
    first = coast.region(*box, cache_dir=tmp_path)
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2])
    again = coast.region(*box, cache_dir=tmp_path)
    assert again.land.equals(first.land)
    assert kept.read_bytes() == whole


def test_geojson_is_valid_and_carries_the_notice(dongtou: coast.Coast) -> None:
    text = json.loads(coast.geojson(dongtou))
    assert text["type"] == "FeatureCollection"
    assert "LGPL" in text["notice"]["en"]
    assert "不用于导航" in text["notice"]["zh"]
    assert {f["geometry"]["type"] for f in text["features"]} == {"Polygon"}


def test_region_empty_box_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="south < north"):
        coast.region(28.0, 121.0, 27.0, 122.0, cache_dir=tmp_path)
