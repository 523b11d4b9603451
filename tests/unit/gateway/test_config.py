"""Settings: every problem at once, with file and key; the shipped example is right."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from gateway.adopt import config_text
from gateway.assembly import open_gateway
from gateway.buses import bus_problems
from gateway.config import build, load, password

PROFILES = str(Path("config/profiles").resolve())


def table(**sections: object) -> dict[str, object]:
    return {"gateway": {"id": "gw-a", "profiles": PROFILES}} | sections


def unit(**more: object) -> dict[str, object]:
    return {
        "name": "u", "bus": "b", "unit": 1, "profile": "generic-int32", "cage": "c1", "point": "m1"
    } | more  # fmt: skip


BUS = {"name": "b", "transport": "tcp"}


def test_shipped_example_is_valid_and_fits_its_buses() -> None:
    loaded = load(Path("config/gateway.toml"))
    assert bus_problems(loaded) == []
    assert {u.profile for u in loaded.config.unit} == set(loaded.profiles)


def test_many_faults_are_reported_together_with_file_and_key() -> None:
    bad = table(
        bus=[BUS, BUS],
        unit=[unit(bus="x"), unit(name="v", profile="none"), unit(name="w", point="m2"), unit(name="y", skip=["ph"])],
        command=[{"name": "c", "unit": "gone", "address": 0}],
    )
    with pytest.raises(ConfigError) as caught:
        build(bad, Path("f.toml"))
    text = "\n".join(caught.value.problems)
    for words in ("[[bus]] name 'b' is used twice", "'x' is not a [[bus]]", "'none' is not in the profile folder",
                  "share address 1", "skip names 'ph'", "unit 'gone' is not a [[unit]]", "both measure"):  # fmt: skip
        assert words in text
    assert all(problem.startswith("f.toml") for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"gateway": {"id": "Bad Id"}}, "lower-case"),
        ({"spool": {"commit_interval_s": 2.0}}, "within 0 to 0.5"),
        ({"broker": {"password": "secret"}}, "unknown key 'password'"),
        ({"bus": [{"name": "b", "transport": "rtu"}]}, "needs path"),
        ({"bus": [{"name": "b", "transport": "udp"}]}, "is not one of tcp"),
        ({"unit": [unit(period_s=0.0)]}, "period_s"),
        ({"unit": [unit(cage="a.b")]}, "no dot"),
        ({"nmea": [{"name": "r x", "transport": "tcp"}]}, "letters, digits"),
        ({"command": [{"name": "c", "unit": "u", "address": 0, "values": [2]}]}, "fits the coil"),
        ({"send": {"window": 2, "live_window": 2}}, "live_window below window"),
    ],
)
def test_wrong_value_is_named(sections: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        build(table() | sections, Path("f.toml"))


def test_impossible_poll_plan_is_refused_with_the_numbers(tmp_path: Path) -> None:
    slow = table(
        bus=[{"name": "b", "transport": "rtu", "path": "/dev/null", "baud": 1200}],
        unit=[unit(name=f"u{n}", unit=n, profile="ysi-odo-rtu", point=f"d{n}", period_s=1.0) for n in range(1, 5)],
    )
    loaded = build(slow, tmp_path / "f.toml")
    (problem,) = bus_problems(loaded)
    assert "may take 80%" in problem
    assert "u1 " in problem
    assert "raise period_s" in problem
    with pytest.raises(ConfigError, match="polling needs"):
        open_gateway(loaded, tmp_path / "spool")
    assert not (tmp_path / "spool").exists()


def test_password_comes_from_file_or_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p").write_text("of file\n")
    of_file = build(table(broker={"password_file": str(tmp_path / "p")}), Path("f")).config.broker
    monkeypatch.setenv("HUANGYU_MQTT_PASSWORD", "of environment")
    assert password(of_file) == "of file"
    assert password(build(table(), Path("f")).config.broker) == "of environment"
    with pytest.raises(ConfigError, match="cannot be read"):
        password(build(table(broker={"password_file": "/nonexistent/x"}), Path("f")).config.broker)


def test_adopted_bill_is_a_valid_config(tmp_path: Path) -> None:
    bill = {
        "modbus": [
            {"name": "a", "transport": "tcp", "host": "127.0.0.1", "port": 502, "path": None, "baud": 9600, "unit": 1,
             "profile": "vaisala-wxt530", "cage": "p", "point": "met", "skip": ["wind_dir_deg"]},
            {"name": "b", "transport": "tcp", "host": "127.0.0.1", "port": 502, "unit": 2, "profile": "vaisala-wm80",
             "cage": "p", "point": "met"},
            {"name": "c", "transport": "rtu", "path": "/dev/pts/1", "baud": 9600, "unit": 5,
             "profile": "supmea-sup-do7013", "cage": "c", "point": "d6"},
        ],
        "nmea": [
            {"name": "rx1", "transport": "tcp", "host": "127.0.0.1", "port": 10110, "lat_deg": 27.8, "lon_deg": 121.2}
        ],
    }  # fmt: skip
    path = tmp_path / "gateway.toml"
    path.write_text(config_text(bill, gateway="gw-a", username="gw-a", profiles=Path(PROFILES)))
    loaded = load(path)
    assert [bus.transport.value for bus in loaded.config.bus] == ["tcp", "rtu"]
    assert loaded.config.nmea[0].lat_deg == 27.8
    assert "wind_dir_deg" not in loaded.profile_of(loaded.config.unit[0]).quantities


def test_bill_with_a_hole_names_the_row() -> None:
    with pytest.raises(ConfigError, match=r"modbus\[0\].*port"):
        config_text({"modbus": [{"name": "a", "transport": "tcp", "host": "h"}]}, gateway="gw-a")
