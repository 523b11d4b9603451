"""SenML in JSON (RFC 8428): resolve a pack into plain records, and nothing else.

Private labels (ours are ``seq boot clk prio qc``) pass through `Record.extra`; a label ending in ``_`` that
we do not know must be understood (section 4.4) and is refused.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import DecodeError

RELATIVE_LIMIT = 2.0**28
"""Times below this are relative to now (RFC 8428 section 4.5.3). [s]"""
_BASE = {"bn": str, "bt": float, "bu": str, "bv": float, "bs": float, "bver": int}
_OWN = {"n": str, "u": str, "v": float, "vs": str, "vb": bool, "vd": str, "s": float, "t": float, "ut": float}
_VALUES = ("v", "vs", "vb", "vd")
_NAME_FIRST = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_NAME_REST = _NAME_FIRST | frozenset("-:./_")


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One resolved record: absolute name, unit, one value or sum, absolute or relative time in seconds."""

    name: str
    unit: str | None = None
    value: float | str | bool | None = None
    data: str | None = None
    sum: float | None = None
    time_s: float = 0.0
    update_s: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def resolve(pack: object, *, now_s: float | None = None) -> list[Record]:
    """Return the resolved records of a parsed JSON pack, in order.

    Parameters
    ----------
    pack
        What ``json.loads`` gave: a list of objects.
    now_s
        Unix time that makes relative times absolute; None leaves them as sent.

    Raises
    ------
    DecodeError
        With the index of the first record that is not valid SenML.
    """
    if not isinstance(pack, list):
        raise DecodeError("A SenML pack is a JSON array: check the sender's format.")
    base: dict[str, Any] = {}
    records = []
    for index, row in enumerate(pack):
        try:
            records.append(_resolve_row(row, base, now_s))
        except _BadRowError as exc:
            raise DecodeError(f"SenML record {index}: {exc}") from exc
    return records


class _BadRowError(ValueError):
    """Why one record is not SenML; `resolve` adds its index."""


def _resolve_row(row: object, base: dict[str, Any], now_s: float | None) -> Record:
    if not isinstance(row, dict):
        raise _BadRowError("not a JSON object.")
    extra = {}
    own: dict[str, Any] = {}
    for label, raw in row.items():
        if label in _BASE:
            base[label] = _typed(label, raw, _BASE[label])
        elif label in _OWN:
            own[label] = _typed(label, raw, _OWN[label])
        elif label.endswith("_"):
            raise _BadRowError(f"label {label!r} must be understood and is not.")
        else:
            extra[label] = raw
    if base.get("bver", 10) > 10:
        raise _BadRowError(f"base version {base['bver']} is newer than 10.")
    return _build(own, base, extra, now_s)


def _typed(label: str, raw: object, kind: type) -> Any:
    if kind is float:
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
            raise _BadRowError(f"label {label!r} needs a finite number.")
        return raw
    if not isinstance(raw, kind) or (kind is int and isinstance(raw, bool)):
        raise _BadRowError(f"label {label!r} needs a {kind.__name__}.")
    return raw


def _build(own: Mapping[str, Any], base: Mapping[str, Any], extra: Mapping[str, Any], now_s: float | None) -> Record:
    present = [label for label in _VALUES if label in own]
    if len(present) > 1:
        raise _BadRowError(f"more than one value: {', '.join(present)}.")
    value: float | str | bool | None = None
    if "v" in own:
        value = own["v"] + base["bv"] if "bv" in base else own["v"]
    elif "vs" in own or "vb" in own:
        value = own[present[0]]
    elif "bv" in base and "vd" not in own and "s" not in own:
        value = base["bv"]
    total = own["s"] + base.get("bs", 0.0) if "s" in own else base.get("bs")
    if value is None and "vd" not in own and total is None:
        raise _BadRowError("no value and no sum.")
    time_s = float(own.get("t", 0.0)) + float(base.get("bt", 0.0))
    if now_s is not None and time_s < RELATIVE_LIMIT:
        time_s += now_s
    return Record(
        name=_checked_name(base.get("bn", "") + own.get("n", "")),
        unit=own.get("u", base.get("bu")),
        value=value,
        data=own.get("vd"),
        sum=total,
        time_s=time_s,
        update_s=own.get("ut"),
        extra=extra,
    )


def _checked_name(name: str) -> str:
    if not name or name[0] not in _NAME_FIRST or not _NAME_REST.issuperset(name):
        raise _BadRowError(f"name {name!r} is empty or has a character that RFC 8428 section 4.5.1 forbids.")
    return name


def to_rows(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return resolved records as JSON objects, the inverse of `resolve` for absolute records."""
    rows = []
    for record in records:
        row: dict[str, Any] = {"n": record.name}
        if record.unit is not None:
            row["u"] = record.unit
        row["t"] = record.time_s
        if isinstance(record.value, bool):
            row["vb"] = record.value
        elif isinstance(record.value, str):
            row["vs"] = record.value
        elif record.value is not None:
            row["v"] = record.value
        if record.data is not None:
            row["vd"] = record.data
        if record.sum is not None:
            row["s"] = record.sum
        if record.update_s is not None:
            row["ut"] = record.update_s
        rows.append(row | dict(record.extra))
    return rows
