"""Scenario files: the shipped ones load, a wrong one is refused with file, key and choices."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import ConfigError
from firmware_sim.farm import DEFAULT_BUSES, Bus
from firmware_sim.faults import FAULT_KINDS, from_settings
from firmware_sim.scenario import load_scenario, scenario_names
from firmware_sim.traffic import build_traffic

SHIPPED = ("busy", "calm", "hypoxia", "intruder", "outage", "sensor_faults", "typhoon")
STORM = """[[sea.storm]]
hour = 0.0
lat_deg = 20.0
lon_deg = 120.0
vmax_mps = 400.0
pmin_hpa = 900.0
rmax_km = 40.0
"""
HEAD = 'name = "x"\ntitle_zh = "试"\ntitle_en = "try"\n'


def test_shipped_scenarios_are_those_of_the_design() -> None:
    assert set(SHIPPED) <= set(scenario_names())


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scenario_loads_under_its_own_name_and_plays(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.name == name
    assert any("\u4e00" <= char <= "\u9fff" for char in scenario.title_zh)
    traffic = build_traffic(scenario, 1, datetime(2026, 11, 23, 4, 0, tzinfo=UTC))
    assert len(traffic.planned) >= len(scenario.events)


def test_sensor_faults_shows_every_kind_but_drawn_out_ones() -> None:
    kinds = {fault.kind for fault in load_scenario("sensor_faults").faults}
    assert set(FAULT_KINDS) - kinds == {"warm_up"}  # a restart warms up too


@pytest.mark.parametrize("name", SHIPPED)
def test_faults_of_shipped_scenarios_hit_a_device(name: str) -> None:
    for fault in from_settings(load_scenario(name).faults, 0.0):
        assert any(fault.hits(unit, bus.name) for bus in _buses() for unit in bus.units), fault.device


def _buses() -> tuple[Bus, ...]:
    return DEFAULT_BUSES


@pytest.mark.parametrize(
    ("case", "text", "words"),
    [
        ("unknown key", HEAD + "wind = 3\n", ["wind", "known are"]),
        ("missing title", 'name = "x"\n', ["title_zh", "title_en", "missing"]),
        ("unknown cage", HEAD + "[[sea.dips]]\ncage='c9'\nlevel_mg_l=3.0\ncross_s=1.0\n", ["c9", "dt01-c01"]),
        ("floor above level", HEAD + "[[sea.dips]]\ncage='dt01-c01'\nlevel_mg_l=1.0\ncross_s=1.0\n", ["floor_mg_l"]),
        ("unknown fault", HEAD + "[[faults]]\ndevice='d'\nkind='rust'\nat_s=1.0\n", ["rust", "drift"]),
        ("unknown event", HEAD + "[[events]]\nkind='party'\nat_s=1.0\n", ["party", "sart"]),
        ("unknown class", HEAD + "[traffic.counts]\nwhale=1\n", ["whale", "registered"]),
        ("impossible storm", HEAD + STORM, ["vmax_mps"]),
        ("bad date", HEAD + '[sea]\nseason_date="31-12"\n', ["month"]),
        ("not TOML", "name = \n", ["not valid TOML"]),
    ],
)
def test_wrong_scenario_is_refused_with_file_and_key(case: str, text: str, words: list[str], tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_scenario(path)
    message = str(refused.value)
    assert str(path) in message, case
    for word in words:
        assert word in message, case


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(
        HEAD + "[[events]]\nkind='a'\nat_s=1.0\n[[faults]]\ndevice='d'\nkind='b'\nat_s=1.0\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError) as refused:
        load_scenario(path)
    assert len(refused.value.problems) == 2


def test_unknown_name_lists_the_choices() -> None:
    with pytest.raises(ConfigError, match="hypoxia"):
        load_scenario("hypoxya")


def test_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_scenario(tmp_path / "none.toml")
