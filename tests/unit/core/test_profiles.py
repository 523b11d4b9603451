"""Profiles: conventions, cross references, every shipped instrument."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from core.profiles import ByteOrder, Convention, build_profile, load_profiles
from core.qc import QcFlag

SHIPPED = Path("config/profiles")


def table(**more: object) -> dict[str, object]:
    base = {"id": "x", "title": "X", "source": "test", "convention": "zero"}
    return base | {"register": [{"quantity": "ph", "address": 0, "type": "float32"}]} | more


@pytest.mark.parametrize(
    ("convention", "number", "expected"),
    [
        ("zero", 0x3102, (0x3102, 3)),
        ("one", 11, (10, 3)),
        ("entity", 40001, (0, 3)),
        ("entity", 30201, (200, 4)),
        ("entity", 400_001, (0, 3)),
        ("entity", 49998, (9997, 3)),
    ],
)
def test_register_number_by_convention_is_protocol_address(
    convention: str, number: int, expected: tuple[int, int]
) -> None:
    row = {"quantity": "ph", "address": number, "type": "uint16"}
    register = build_profile(table(convention=convention, register=[row]), where="x").registers[0]
    assert (register.address, register.function) == expected


def test_entity_coil_number_reads_with_function_1() -> None:
    row = {"key": "on", "address": 10001, "type": "bool"}
    assert build_profile(table(convention="entity", register=[row]), where="x").registers[0].function == 2


def test_profile_with_many_faults_names_each_with_its_place() -> None:
    rows = [
        {"quantity": "nonsense", "address": 0, "type": "uint16"},
        {"key": "a", "address": 65535, "type": "float32"},
        {"key": "a", "address": 2, "type": "uint16", "quality": "missing", "quality_map": "none"},
        {"key": "b", "address": 3, "type": "uint16", "function": 9},
    ]
    with pytest.raises(ConfigError) as caught:
        build_profile(table(register=rows, uptime="gone"), where="f.toml")
    text = "\n".join(caught.value.problems)
    for word in ("nonsense", "outside 0 to 65535", "used twice", "'missing'", "[quality_map]", "uptime", "function"):
        assert word in text
    assert all(problem.startswith("f.toml") for problem in caught.value.problems)


@pytest.mark.parametrize("bad", [{}, {"register": "no"}, {"register": [1]}, {"convention": "odd"}, {"unknown": 1}])
def test_profile_of_wrong_shape_is_a_config_error(bad: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        build_profile(({} if not bad else table() | bad), where="x")


def test_shipped_profiles_all_load_and_name_their_source() -> None:
    profiles = load_profiles(SHIPPED)
    wanted = {
        "ysi-odo-rtu", "insitu-aquatroll-400", "hach-ldo-aq", "supmea-sup-do7013", "vaisala-wxt530", "vaisala-wm80",
        "ott-svr-100", "ysi-iq-182", "epever-tracer", "hach-tss", "aqualabo-digisens", "lambrecht-weather",
        "generic-float32", "generic-int32", "generic-relay",
    }  # fmt: skip
    assert set(profiles) == wanted
    assert all(len(p.source) > 20 and p.quantities for p in profiles.values())
    assert profiles["epever-tracer"].register("pv_w").order is ByteOrder.CDAB
    assert profiles["insitu-aquatroll-400"].quality_maps["insitu"][7.0] is QcFlag.FAIL
    assert profiles["vaisala-wxt530"].convention is Convention.ONE


def test_folder_without_profiles_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no \*.toml profile"):
        load_profiles(tmp_path)
