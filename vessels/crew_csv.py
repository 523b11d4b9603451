"""Departure and arrival reports from CSV (UTF-8 with or without BOM, or GB18030): good rows taken, bad rows listed."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from core.errors import ConfigError
from vessels.crew import CHINA, Officer, TripReport

COLUMNS = ("mmsi", "kind", "at", "port", "persons", "officers", "ordinary_certified")
NEEDED = ("mmsi", "kind", "at")
KINDS = {"departure": "departure", "出港": "departure", "arrival": "arrival", "进港": "arrival"}
MAX_FIELD = 10_000


@dataclass(frozen=True, kw_only=True)
class TripFile:
    """What a file gave: reports, and one sentence for each bad row with its line."""

    reports: tuple[TripReport, ...]
    problems: tuple[str, ...]


def read_csv(path: Path, *, reporter: str) -> TripFile:
    """Return the reports of a file; ConfigError when it is not a CSV with the needed columns.

    Columns: mmsi, kind (departure/出港 or arrival/进港), at (ISO 8601; local time of China without a zone), port,
    persons, officers (``二级船长@2027-01-31;二级船副``: post and last day of the certificate), ordinary_certified.
    """
    try:
        text = decode(path.read_bytes())
    except OSError as exc:
        raise ConfigError(f"{path}: cannot be read ({exc.strerror}); give the path of a CSV file.") from exc
    return parse(text, where=path.name, reporter=reporter)


def decode(raw: bytes) -> str:
    """Return text of bytes in UTF-8 (BOM allowed) or GB18030; ConfigError for anything else."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigError("The file is neither UTF-8 nor GB18030 text: save it as CSV UTF-8.")


def parse(text: str, *, where: str, reporter: str) -> TripFile:
    """Return the reports of CSV text; see `read_csv`."""
    try:
        rows = list(csv.reader(io.StringIO(text.replace("\x00", ""))))
    except csv.Error as exc:
        raise ConfigError(f"{where}: not a CSV file ({exc}).") from exc
    head = [name.strip() for name in rows[0]] if rows else []
    missing = [name for name in NEEDED if name not in head]
    if missing:
        raise ConfigError(
            f"{where}: column {', '.join(missing)} is missing; the first line needs {', '.join(COLUMNS)}."
        )
    reports, problems = [], []
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            reports.append(_report(dict(zip(head, (c.strip() for c in row), strict=False)), reporter))
        except ValueError as exc:
            problems.append(f"{where} line {number}: {exc}")
    return TripFile(reports=tuple(reports), problems=tuple(problems))


def _report(row: Mapping[str, str], reporter: str) -> TripReport:
    kind = KINDS.get(row.get("kind", ""))
    if kind is None:
        raise ValueError(f"kind {row.get('kind', '')[:20]!r} is not departure (出港) or arrival (进港).")
    return TripReport(
        mmsi=_mmsi(row.get("mmsi", "")),
        kind=kind,
        at=_instant(row.get("at", "")),
        port=row.get("port", "")[:100],
        persons=_count(row, "persons"),
        officers=tuple(
            _officer(part) for part in row.get("officers", "").replace("；", ";").split(";") if part.strip()
        ),
        ordinary_certified=_count(row, "ordinary_certified"),
        reporter=reporter,
        source="csv",
    )


def _mmsi(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) == 9):
        raise ValueError(f"mmsi {text[:20]!r} is not nine digits.")
    return int(text)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=CHINA)
        at.timestamp()
    except (ValueError, OverflowError) as exc:
        raise ValueError(f"at {text[:30]!r} is not a time like 2026-09-01 05:30.") from exc
    return at


def _count(row: Mapping[str, str], name: str) -> int | None:
    text = row.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:6]) <= 500 and len(text) <= 3):
        raise ValueError(f"{name} {text[:20]!r} is not a number of people from 0 to 500.")
    return int(text)


def _officer(text: str) -> Officer:
    post, _, until = (part.strip() for part in text.partition("@"))
    if not post:
        raise ValueError(f"officer {text[:20]!r} has no post.")
    try:
        return Officer(post=post[:20], valid_until=date.fromisoformat(until) if until else None)
    except ValueError as exc:
        raise ValueError(f"officer {text[:30]!r}: the date is not like 2027-01-31.") from exc
