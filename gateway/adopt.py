"""From a bill of devices to a gateway's config file: what a technician (or the demo) starts from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import ConfigError

_BUS_KEYS = {"tcp": ("host", "port"), "rtu_over_tcp": ("host", "port"), "rtu": ("path",)}


def config_text(
    devices: Mapping[str, Any],
    *,
    gateway: str,
    broker_host: str = "127.0.0.1",
    broker_port: int = 1883,
    username: str | None = None,
    profiles: Path = Path("profiles"),
    period_s: float = 10.0,
    receivers: Mapping[str, tuple[float, float]] | None = None,
    http_port: int | None = 0,
) -> str:
    """Return a gateway.toml for the instruments and receivers of a bill.

    Parameters
    ----------
    devices
        ``{"modbus": [{"name","transport","host","port","path","baud","unit","profile","cage","point",
        "commands": {action: coil}}], "nmea": [{"name","transport","host","port"}]}``; other keys are left alone.
    receivers
        Antenna places by receiver name, latitude and longitude. [deg]

    Raises
    ------
    ConfigError
        When a row lacks what its transport needs.
    """
    problems: list[str] = []
    head = [
        "[gateway]", f"id = {_text(gateway)}", f"profiles = {_text(str(profiles))}", "",
        "[broker]", f"host = {_text(broker_host)}", f"port = {broker_port}",
        *([f"username = {_text(username)}"] if username else []), "",
        *(["[http]", f"port = {http_port}", ""] if http_port is not None else []),
    ]  # fmt: skip
    buses: dict[tuple[Any, ...], str] = {}
    rows: list[str] = []
    for index, device in enumerate(devices.get("modbus", [])):
        rows += _unit(device, f"modbus[{index}]", buses, period_s, problems)
    for index, device in enumerate(devices.get("nmea", [])):
        rows += _receiver(device, f"nmea[{index}]", receivers or {}, problems)
    if problems:
        raise ConfigError(*problems)
    return "\n".join([*head, *rows, ""])


def _unit(
    device: Mapping[str, Any], place: str, buses: dict[tuple[Any, ...], str], period_s: float, problems: list[str]
) -> list[str]:
    transport = device.get("transport")
    keys = _BUS_KEYS.get(str(transport))
    missing = [k for k in (*(keys or ()), "name", "unit", "profile", "cage", "point") if device.get(k) in (None, "")]
    if keys is None or missing:
        problems.append(f"{place}: transport {transport!r} unknown or missing {', '.join(missing) or 'transport'}.")
        return []
    where = (transport, *(device[k] for k in keys))
    rows = []
    if where not in buses:
        buses[where] = f"bus{len(buses) + 1}"
        rows = ["[[bus]]", f"name = {_text(buses[where])}", f"transport = {_text(str(transport))}"]
        rows += [f"{k} = {_value(device[k])}" for k in keys]
        rows += [f"baud = {device['baud']}"] if device.get("baud") and transport != "tcp" else []
        rows += [f"{k} = {_value(device[k])}" for k in ("parity", "stop_bits") if device.get(k)]
        rows.append("")
    rows += [
        "[[unit]]", f"name = {_text(str(device['name']))}", f"bus = {_text(buses[where])}", f"unit = {device['unit']}",
        f"profile = {_text(str(device['profile']))}", f"cage = {_text(str(device['cage']))}",
        f"point = {_text(str(device['point']))}", f"period_s = {device.get('period_s', period_s)}",
        *([f"skip = {json.dumps(device['skip'])}"] if device.get("skip") else []), "",
    ]  # fmt: skip
    return [*rows, *_commands(device, place, problems)]


def _commands(device: Mapping[str, Any], place: str, problems: list[str]) -> list[str]:
    """Return a command row for each coil that the bill names, called action-cage."""
    coils = device.get("commands") or {}
    if not isinstance(coils, Mapping) or not all(type(address) is int for address in coils.values()):
        problems.append(f'{place}.commands: give the coil of each action, as in {{"aerator": 0}}.')
        return []
    rows = []
    for action, address in coils.items():
        name = f"{action}-{device['cage']}"
        rows += ["[[command]]", f"name = {_text(name)}", f"unit = {_text(str(device['name']))}"]
        rows += [f"address = {address}", ""]
    return rows


def _receiver(
    device: Mapping[str, Any], place: str, antennas: Mapping[str, tuple[float, float]], problems: list[str]
) -> list[str]:
    missing = [k for k in ("name", "transport", "port") if device.get(k) in (None, "")]
    if missing:
        problems.append(f"{place}: missing {', '.join(missing)}.")
        return []
    rows = ["[[nmea]]", f"name = {_text(str(device['name']))}", f"transport = {_text(str(device['transport']))}"]
    rows += [f"host = {_text(str(device.get('host', '127.0.0.1')))}", f"port = {device['port']}"]
    where = antennas.get(str(device["name"])) or (device.get("lat_deg"), device.get("lon_deg"))
    if where[0] is not None and where[1] is not None:
        rows += [f"lat_deg = {where[0]}", f"lon_deg = {where[1]}"]
    return [*rows, ""]


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _value(value: object) -> str:
    return _text(value) if isinstance(value, str) else str(value)


def read_devices(path: Path) -> Mapping[str, Any]:
    """Return the parsed bill of devices; ConfigError says why it cannot be read."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise ConfigError(f"{path}: cannot be read as a bill of devices ({exc}).") from exc
    if not isinstance(told, Mapping):
        raise ConfigError(f"{path}: a bill of devices is a JSON object.")
    return told
