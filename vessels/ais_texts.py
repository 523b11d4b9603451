"""Safety related text of AIS: addressed (type 12) and broadcast (type 14), ITU-R M.1371-5 tables 59 and 61."""

from datetime import UTC, datetime

import numpy as np

from vessels.ais_bits import gather, number, text
from vessels.ais_columns import Decoded, Payloads
from vessels.reports import SafetyText

_TEXT_START = {12: 72, 14: 40}


def decode(payloads: Payloads, decoded: Decoded) -> list[tuple[int, SafetyText]]:
    """Return (line, text) of the safety messages among `payloads`; those without a time are left out."""
    kind = payloads.six[np.minimum(payloads.start, len(payloads.six) - 1)] if len(payloads.start) else np.empty(0)
    found = []
    readable = set(decoded.line.tolist()) if np.isin(kind, (12, 14)).any() else set()
    for row in np.flatnonzero(np.isin(kind, (12, 14))).tolist():
        line, time_s = int(payloads.line[row]), float(payloads.time_s[row])
        if line in readable and not np.isnan(time_s):
            found.append((line, _one(payloads, row, int(kind[row]), time_s)))
    return found


def _one(payloads: Payloads, row: int, kind: int, time_s: float) -> SafetyText:
    length = int(payloads.length[row])
    rows = gather(payloads.six, payloads.start[row : row + 1], payloads.length[row : row + 1], length + 8)
    characters = max(0, (length * 6 - int(payloads.fill[row]) - _TEXT_START[kind]) // 6)
    return SafetyText(
        mmsi=int(number(rows, 8, 30)[0]), observed_at=datetime.fromtimestamp(time_s, UTC),
        text=text(rows, _TEXT_START[kind], characters)[0] if characters else "",
        addressee_mmsi=int(number(rows, 40, 30)[0]) if kind == 12 else None,
    )  # fmt: skip
