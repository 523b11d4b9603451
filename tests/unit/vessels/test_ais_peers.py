"""Every field that gpsd and libais give for their own test messages, against ours: each difference with its reason."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vessels.ais_explain import explain

DATA = Path(__file__).parents[2] / "data" / "ais"
Message = dict[str, Any]

ALIASES = {
    "shiptype": "ship_type", "stationtype": "station_type", "type": "msg_type", "reserved": "reserved_1",
    "regional": "reserved_2", "part_num": "partno", "msg_seq": "seqno", "mode": "assigned", "unit": "cs",
}  # fmt: skip
"""Names of the same field; type 18's ``mode`` and ``unit`` are libais' words."""
OWN_WORDS = {
    "class", "device", "scaled", "timestamp", "eta", "arrival", "departure", "status_text", "shiptype_text",
    "stationtype_text", "epfd_text", "aid_type_text", "racon_text", "light_text", "ice_text", "preciptype_text",
    "loaded_text", "hazard_text",
}  # fmt: skip
"""How a tool words what stands in other fields: a date as one text, a code's name, its own settings."""
PADDING = {"spare", "spare2", "spare3", "spare4"}
RADIO = {
    "slot_timeout", "slot_number", "slot_offset", "sync_state", "received_stations", "keep_flag", "slot_increment",
    "slots_to_allocate", "commstate_cs_fill", "transmission_ctl", "radio",
}  # fmt: skip
"""The communication state taken apart: says nothing of a target. It is kept raw where the message has one."""

GPSD: Mapping[tuple[int, str], str] = {
    **dict.fromkeys(((1, "turn"), (2, "turn")), "gpsd words it (nan, fastleft), we give the standard's number or None"),
    **dict.fromkeys(((1, "heading"), (18, "heading"), (19, "heading")), "511 is no heading: None"),
    **dict.fromkeys(((4, "lat"), (4, "lon")), "91 and 181 are no position: None"),
    (4, "epfd"): "14 is no device of the standard: undefined",
    (5, "imo"): "0 is no number: None",
    **dict.fromkeys(((17, "lat"), (17, "lon"), (27, "lat"), (27, "lon")), "gpsd rounds to a tenth of a degree"),
    (27, "status"): "gpsd words the status of this type, and only of this one",
    **dict.fromkeys(
        ((6, "data"), (8, "data"), (17, "data"), (25, "data"), (26, "data")),
        "gpsd puts the count of bits before its hex, or takes the application's message apart",
    ),
    **dict.fromkeys(
        ((7, "mmsi2"), (7, "mmsi4"), (13, "mmsi2"), (13, "mmsi3"), (13, "mmsi4"), (15, "mmsi2"), (15, "offset1_2"),
         (15, "offset2_1"), (15, "type1_2"), (15, "type2_1"), (16, "increment2"), (16, "mmsi2"), (16, "offset2"),
         (20, "increment2"), (20, "increment3"), (20, "increment4"), (20, "number2"), (20, "number3"), (20, "number4"),
         (20, "offset3"), (20, "offset4"), (20, "timeout2"), (20, "timeout3"), (20, "timeout4"), (25, "app_id"),
         (25, "dest_mmsi"), (26, "app_id"), (26, "dest_mmsi")),
        "the message is too short to hold it: gpsd says 0, we say nothing",
    ),
    (7, "mmsi3"): "the message ends inside it: gpsd fills up with zeros behind, pyais before",
    **dict.fromkeys(((22, "ne_lat"), (22, "ne_lon"), (22, "sw_lat"), (22, "sw_lon")), "gpsd gives this as text"),
    **dict.fromkeys(((23, "ne_lat"), (23, "ne_lon"), (23, "sw_lat"), (23, "sw_lon")), "gpsd gives this as text"),
    (24, "vendorid"): "old equipment: seven characters of vendor, now three, a model and a serial number",
    (8, "waterlevel"): "gpsd rounds to a tenth of a metre",
    **dict.fromkeys(((8, "ice"), (8, "preciptype"), (8, "leveltrend"), (8, "pressuretend")), "gpsd words the code"),
    **dict.fromkeys(((8, "beam"), (8, "length"), (8, "draught")), "gpsd leaves deci- and centimetres, we give metres"),
    **dict.fromkeys(((9, "regional"), (21, "regional")), "pyais has it among its reserved bits"),
    **dict.fromkeys(((6, "lat"), (6, "lon"), (6, "destination")), "application message cut short: nothing there"),
}  # fmt: skip
APPLICATION = {6, 8}
"""Application messages: gpsd takes some apart that pyais leaves whole; we use none of them, their data are kept."""

LIBAIS: Mapping[tuple[int, str], str] = {
    **dict.fromkeys(((1, "heading"), (18, "heading")), "511 is no heading: None"),
    **dict.fromkeys(((4, "lat"), (4, "lon")), "91 and 181 are no position: None"),
    (2, "turn"): "pyais gives the rate of turn in whole degrees a minute",
    (5, "imo"): "libais gives this as text",
    **dict.fromkeys(
        ((13, "mmsi2"), (13, "mmsi3"), (13, "mmsi4"), (15, "mmsi2"), (15, "offset2_1"), (15, "type2_1"), (15, "msg_2"),
         (15, "offset2_2"), (15, "slot_offset_2"), (15, "type2_2"), (16, "increment2"), (16, "mmsi2"), (16, "offset2")),
        "the message is too short to hold it: libais says 0, we say nothing",
    ),
    (15, "offset1_2"): "the message ends inside it: libais fills up with zeros behind, pyais before",
    (9, "speed"): "an aircraft's speed is in whole knots (M.1371-5 table 47): libais divides it by ten",
    (9, "alt_sensor"): "pyais has it among its reserved bits",
    (14, "text"): "libais leaves the last whole character out",
    (21, "name"): "libais prints three signs of the six-bit alphabet as others (- for _, ` for ')",
    (21, "regional"): "pyais has it among its reserved bits",
    (23, "station_type"): "6 to 9 all mean regional use: pyais gives the first of them",
    (27, "gnss"): "libais turns the bit round: 0 means a current position",
    (6, "retransmit"): "libais turns the bit round",
    **dict.fromkeys(((26, "dac"), (26, "fid")), "libais reads the application's number though the message has none"),
}  # fmt: skip


def _sentences(name: str) -> list[tuple[str, ...]]:
    """Return the messages of a file, each with all its sentences; libais' trailing fields are cut off."""
    found: list[tuple[str, ...]] = []
    parts: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for line in (DATA / name).read_text(encoding="ascii", errors="replace").splitlines():
        fields = line.split(",")
        if not line.startswith("!") or len(fields) < 7:
            continue
        sentence, key = ",".join(fields[:7]), (fields[1], fields[3], fields[4])
        parts[key].append(sentence)
        if len(parts[key]) == int(fields[1]):
            found.append(tuple(parts.pop(key)))
    return found


def _explained(messages: Iterable[Sequence[str]]) -> dict[tuple[int, int], list[Message]]:
    """Return our fields by type and sender; the two parts of type 24 as one, as gpsd gives them."""
    found: dict[tuple[int, int], list[Message]] = defaultdict(list)
    for lines in messages:
        fields = explain(*lines)
        assert fields is not None, lines
        key = fields["msg_type"], fields["mmsi"]
        if fields["msg_type"] == 24 and fields.get("partno") == 1 and found[key]:
            found[key][-1] = found[key][-1] | fields
        else:
            found[key].append(fields)
    return found


def _same(theirs: object, ours: object) -> bool:
    if isinstance(theirs, str) and isinstance(ours, str):
        return theirs.strip() == ours
    numbers = isinstance(theirs, int | float) and isinstance(ours, int | float)
    return theirs == ours or (numbers and abs(theirs - ours) < 1e-4)  # type: ignore[operator]


def _differences(
    rows: Iterable[Message], ours: dict[tuple[int, int], list[Message]]
) -> tuple[set[tuple[int, str]], int]:
    """Return (type, field) of every difference, and how many fields were the same."""
    found, same = set(), 0
    for row in rows:
        mine = ours[row["type"], row["mmsi"]].pop(0)
        for name, value in row.items():
            if name in OWN_WORDS | PADDING | RADIO:
                continue
            if name not in mine and ALIASES.get(name) in mine:
                name = ALIASES[name]  # noqa: PLW2901 - the same field under our name
            if name in mine and _same(value, mine[name]):
                same += 1
            elif name in mine or row["type"] not in APPLICATION:
                found.add((row["type"], name))
    return found, same


def _rows(name: str) -> list[Message]:
    text = (DATA / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_gpsd_sample_differs_only_as_explained() -> None:
    found, same = _differences(_rows("gpsd/sample.aivdm.js.chk"), _explained(_sentences("gpsd/sample.aivdm")))
    assert found - GPSD.keys() == set()
    assert GPSD.keys() - found == set(), "an explanation without a difference"
    assert same > 1000


def test_libais_examples_differ_only_as_explained() -> None:
    found, same = _differences(_rows("libais/typeexamples.json"), _explained(_sentences("libais/typeexamples.nmea")))
    assert found - LIBAIS.keys() == set()
    assert LIBAIS.keys() - found == set(), "an explanation without a difference"
    assert same > 200
